"""Payments: each order is charged once, by the worker."""

import os

import bank
from celery import Celery
from celery.signals import task_failure
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("payments", broker=REDIS_URL, backend=REDIS_URL)


def alert(order, task_id, why):
    """Tell the person on duty."""
    bank.server.rpush("alerts", f"order {order}, task {task_id}: {why}")


@task_failure.connect
def somebody_has_to_know(sender, task_id, exception, args, kwargs, **_):
    alert((args or kwargs["order"])[0] if args else kwargs["order"], task_id, exception)


@celery.task(
    autoretry_for=(ConnectionError,), max_retries=2, retry_backoff=True, retry_backoff_max=60
)
def pay(order, cents):
    return bank.charge(order, cents)


@app.post("/payments")
def payment():
    job = pay.delay(request.json["order"], request.json["cents"])
    return jsonify(task_id=job.id), 202


@app.get("/payments/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, receipt=job.result if job.successful() else None)
