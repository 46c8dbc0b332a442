"""Invoices of a small company: the worker adds them up."""

import os

from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("invoices")
celery.conf.update(
    broker_url=REDIS_URL,
    result_backend=REDIS_URL,
    task_default_queue="invoices",
    result_expires=600,
)


@celery.task
def add_up(customer, cents):
    return f"{customer}: {sum(cents) / 100:.2f}"


DONE = {}


@app.post("/invoices")
def invoice():
    DONE[len(DONE)] = add_up(request.json["customer"], request.json["cents"])
    return jsonify(task_id=str(len(DONE) - 1)), 202


@app.get("/invoices/<task_id>")
def look(task_id):
    return jsonify(state="SUCCESS", result=DONE[int(task_id)])
