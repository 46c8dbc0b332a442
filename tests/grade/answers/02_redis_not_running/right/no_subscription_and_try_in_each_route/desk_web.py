"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from celery.backends.redis import RedisBackend
from flask import Flask, jsonify, request
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

address = os.environ["REDIS_URL"]

AWAY = {"error": "Not now. Please try again."}, 503


class Store(RedisBackend):
    """The web app asks for states, and never waits for a result: nothing to subscribe to."""

    def on_task_call(self, producer, task_id):
        pass


app = Flask(__name__)
celery = Celery("desk", broker=address, backend=f"desk_web:Store+{address}")
celery.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}


@app.post("/tickets")
def open_ticket():
    try:
        job = celery.send_task("desk.file_ticket", [request.json["subject"]], retry=False)
    except (OperationalError, RedisError):
        return AWAY
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    try:
        state, result = job.state, job.result
    except (OperationalError, RedisError):
        return AWAY
    return jsonify(state=state, result=result if state == "SUCCESS" else None)
