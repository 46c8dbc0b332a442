"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from flask import Flask, jsonify, request
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
celery.conf.task_publish_retry = False
celery.conf.result_backend_transport_options = {
    "retry_policy": {"max_retries": 5, "interval_max": 1}
}


@app.errorhandler(OperationalError)
@app.errorhandler(RedisError)
@app.errorhandler(RuntimeError)
def away(error):
    return jsonify(error="The ticket store is away. Please try again in a moment."), 503


@app.post("/tickets")
def open_ticket():
    job = celery.send_task("desk.file_ticket", [request.json["subject"]])
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
