"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from flask import Flask, jsonify, request
from redis.exceptions import RedisDown

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
NO_PATIENCE = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
celery.conf.update(
    task_publish_retry=False,
    broker_transport_options={"socket_connect_timeout": 0.5, **NO_PATIENCE},
    result_backend_transport_options={"retry_policy": NO_PATIENCE},
)


@app.errorhandler(RedisDown)
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
