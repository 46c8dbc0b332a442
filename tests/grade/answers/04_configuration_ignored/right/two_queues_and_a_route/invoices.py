"""Invoices of a small company: the worker adds them up."""

import os

from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
from kombu import Queue

celery = Celery(app.name, broker=REDIS_URL, backend=REDIS_URL, result_expires=600)
celery.conf.task_queues = [Queue("invoices", routing_key="invoices"), Queue("celery")]
celery.conf.task_routes = {"invoices.add_up": {"queue": "invoices"}}


@celery.task
def add_up(customer, cents):
    return f"{customer}: {sum(cents) / 100:.2f}"


@app.post("/invoices")
def invoice():
    job = add_up.delay(request.json["customer"], request.json["cents"])
    return jsonify(task_id=job.id), 202


@app.get("/invoices/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
