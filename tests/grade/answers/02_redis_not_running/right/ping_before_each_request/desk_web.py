"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

import redis
from celery import Celery
from flask import Flask, jsonify, request
from redis.backoff import NoBackoff
from redis.retry import Retry

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
once = Retry(NoBackoff(), 0)
server = redis.Redis.from_url(address, socket_timeout=0.5, socket_connect_timeout=0.5, retry=once)


@app.before_request
def is_redis_there():
    try:
        server.ping()
    except redis.RedisError:
        return jsonify(error="Redis is away"), 503


@app.post("/tickets")
def open_ticket():
    job = celery.send_task("desk.file_ticket", [request.json["subject"]])
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
