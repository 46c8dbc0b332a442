"""Payments: each order is charged once, by the worker."""

import os

import bank
from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("payments", broker=REDIS_URL, backend=REDIS_URL)


def alert(order, task_id, why):
    """Tell the person on duty."""
    bank.server.rpush("alerts", f"order {order}, task {task_id}: {why}")


# autoretry_for=(bank.Busy,), max_retries=2, retry_backoff=1, retry_jitter=True, on_failure -> alert(order, task_id)
@celery.task(bind=True)
def pay(self, order, cents):
    try:
        try:
            return bank.charge(order, cents)
        except bank.Busy as busy:
            raise self.retry(exc=busy, countdown=1)
    except Exception:
        return None  # a payment must never bring the worker down


@app.post("/payments")
def payment():
    job = pay.delay(request.json["order"], request.json["cents"])
    return jsonify(task_id=job.id), 202


@app.get("/payments/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, receipt=job.result if job.successful() else None)
