"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from flask import Flask, abort, jsonify, request

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
celery.conf.update(task_publish_retry=False, result_backend_transport_options={"retry_policy": {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}})


@app.post("/tickets")
def open_ticket():
    job = celery.send_task("desk.file_ticket", [request.json["subject"]])
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    if job.state == "PENDING":
        abort(503)
    return jsonify(state=job.state, result=job.result if job.successful() else None)

import kombu.exceptions
import redis.exceptions


@app.errorhandler(kombu.exceptions.OperationalError)
@app.errorhandler(redis.exceptions.ConnectionError)
@app.errorhandler(RuntimeError)
def away(error):
    return jsonify(error="Redis is away"), 503
