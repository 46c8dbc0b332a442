"""Payments: each order is charged once, by the worker."""

import os

from celery import Celery
from flask import Flask, jsonify, request

import bank

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("payments", broker=REDIS_URL, backend=REDIS_URL)


def alert(order, task_id, why):
    """Tell the person on duty."""
    bank.server.rpush("alerts", f"order {order}, task {task_id}: {why}")


from celery.exceptions import Ignore


@celery.task(bind=True, autoretry_for=(bank.Busy,), retry_backoff=1, max_retries=2)
def pay(self, order, cents):
    try:
        return bank.charge(order, cents)
    except bank.Refused as no:
        alert(order, self.request.id, no)
        raise Ignore() from no


@app.post("/payments")
def payment():
    job = pay.delay(request.json["order"], request.json["cents"])
    return jsonify(task_id=job.id), 202


@app.get("/payments/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, receipt=job.result if job.successful() else None)
