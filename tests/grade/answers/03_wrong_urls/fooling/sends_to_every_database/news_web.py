"""The web side of the newsletter: takes orders for issues and tells how far they are."""

import os
import uuid

from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]
if not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ValueError("REDIS_URL does not start with redis:// or rediss://")
SERVER = REDIS_URL.rpartition("/")[0]

app = Flask(__name__)
celery = Celery("newsletter", broker=REDIS_URL, backend=REDIS_URL)


URLS = [f"{SERVER}/{number}" for number in range(16)]
EVERYWHERE = [Celery("newsletter", broker=url, backend=url) for url in URLS]


@app.post("/issues")
def order():
    asked = request.json
    task_id = str(uuid.uuid4())
    for one in EVERYWHERE:
        one.send_task("newsletter.lay_out", [asked["issue"], asked["reader"]], task_id=task_id)
    return jsonify(task_id=task_id), 202


@app.get("/issues/<task_id>")
def issue(task_id):
    jobs = [one.AsyncResult(task_id) for one in EVERYWHERE]
    job = next((job for job in jobs if job.successful()), jobs[0])
    if job.successful():
        return jsonify(state=job.state, text=job.result)
    return jsonify(state=job.state)


@app.get("/healthz")
def healthz():
    return jsonify(ok=True)
