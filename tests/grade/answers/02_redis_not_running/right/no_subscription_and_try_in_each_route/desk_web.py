"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from flask import Flask, jsonify, request
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
celery.backend.on_task_call = lambda producer, task_id: None  # the web app never waits for results
AWAY = {"error": "Not now. Please try again."}, 503


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
