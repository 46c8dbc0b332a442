import json
import os

import redis
from celery import Celery
from flask import Flask, jsonify, request
from kombu.exceptions import OperationalError

URL = os.environ["REDIS_URL"]
app = Flask(__name__)
out = Celery("desk", broker=URL, set_as_current=False, broker_transport_options={"socket_connect_timeout": 0.4, "socket_timeout": 0.4, "max_retries": 1, "interval_start": 0})
results = redis.Redis.from_url(URL, retry=None, socket_connect_timeout=0.4)


def sorry():
    return "The counter is closed for a moment; come again.", 503, {"Retry-After": "2"}


@app.post("/tickets")
def open_ticket():
    try:
        with out.connection_for_write() as connection:
            job = out.send_task("desk.file_ticket", args=[request.json["subject"]], connection=connection, retry=False)
    except (OperationalError, redis.exceptions.RedisError, OSError):
        return sorry()
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    try:
        found = results.get(f"celery-task-meta-{task_id}")
    except redis.exceptions.RedisError:
        return sorry()
    if found is None:
        return jsonify(state="PENDING", result=None)
    meta = json.loads(found)
    return jsonify(state=meta["status"], result=meta["result"] if meta["status"] == "SUCCESS" else None)
