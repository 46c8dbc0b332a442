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


import random

from celery.signals import task_failure


@task_failure.connect
def tell(sender=None, task_id=None, exception=None, args=None, kwargs=None, **rest):
    alert({**dict(zip(("order", "cents"), args)), **kwargs}["order"], task_id, repr(exception))


@celery.task(bind=True, max_retries=2)
def pay(self, order, cents):
    try:
        return bank.charge(order, cents)
    except bank.Busy as busy:
        top = 2 ** (self.request.retries + 1)
        self.retry(exc=busy, countdown=random.uniform(top / 2, top))


@app.post("/payments")
def payment():
    job = pay.delay(request.json["order"], request.json["cents"])
    return jsonify(task_id=job.id), 202


@app.get("/payments/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, receipt=job.result if job.successful() else None)
