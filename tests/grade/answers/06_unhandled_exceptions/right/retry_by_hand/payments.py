"""Payments: each order is charged once, by the worker."""

import os
import random

import bank
from celery import Celery
from celery.utils.log import get_task_logger
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("payments", broker=REDIS_URL, backend=REDIS_URL)


def alert(order, task_id, why):
    """Tell the person on duty."""
    bank.server.rpush("alerts", f"order {order}, task {task_id}: {why}")


log = get_task_logger(__name__)


@celery.task(bind=True, max_retries=2)
def pay(self, order, cents):
    try:
        return bank.charge(order, cents)
    except bank.Busy as busy:
        if self.request.retries < self.max_retries:
            wait = random.uniform(0, 2**self.request.retries)
            raise self.retry(exc=busy, countdown=wait) from busy
        alert(order, self.request.id, busy)
        raise
    except bank.Refused as no:
        log.error("task %s: order %s is not paid: %s", self.request.id, order, no)
        alert(order, self.request.id, no)
        raise


@app.post("/payments")
def payment():
    job = pay.delay(request.json["order"], request.json["cents"])
    return jsonify(task_id=job.id), 202


@app.get("/payments/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, receipt=job.result if job.successful() else None)
