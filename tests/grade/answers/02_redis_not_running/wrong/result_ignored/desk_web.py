"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from flask import Flask, jsonify, request

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)


@app.post("/tickets")
def open_ticket():
    job = celery.send_task("desk.file_ticket", [request.json["subject"]], ignore_result=True, retry=False)
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)

import kombu.exceptions
import redis.exceptions


@app.errorhandler(kombu.exceptions.OperationalError)
@app.errorhandler(redis.exceptions.ConnectionError)
@app.errorhandler(RuntimeError)
def away(error):
    return jsonify(error="Redis is away"), 503
