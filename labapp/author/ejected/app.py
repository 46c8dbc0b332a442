from flask import Flask, jsonify
from celery import Celery
import os
import time

REDIS_URL = os.environ.get('REDIS_URL', 'redis://localhost:6379/0')

app = Flask(__name__)

celery = Celery(app.name)
celery.conf.update(broker_url=REDIS_URL, result_backend=REDIS_URL)
celery.conf.update(task_track_started=True)

@celery.task(bind=True)
def long_running_task(self, seconds=10):
    """
    Simulates a long-running task.
    """
    task_id = self.request.id
    print(f"Starting task: {task_id}")
    time.sleep(seconds)
    print(f"Task {task_id} completed!")
    return f"Task {task_id} completed successfully"


@app.post('/start_task')
def start_task():
    """
    Starts an asynchronous task.
    """
    task = long_running_task.delay()
    return jsonify({'task_id': task.id}), 202  # Return the task ID with a 202 Accepted status code


@app.route('/task_status/<task_id>')
def task_status(task_id):
    """
    Retrieves the status of a task.
    """
    task = celery.AsyncResult(task_id)
    state, info = task.state, task.info
    if isinstance(info, Exception):  # it failed, was revoked, or will be tried again
        info = str(info)
    told = {'PENDING': 'Pending...', 'STARTED': 'Started...'}.get(state, info)
    response = {'state': state, 'status': told}
    if state == 'SUCCESS':
        response['result'] = info
    return jsonify(response)


if __name__ == '__main__':
    app.run()
