"""The web side of the newsletter: takes orders for issues and tells how far they are."""

import os

from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]
if not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ValueError("REDIS_URL does not start with redis:// or rediss://")
server = REDIS_URL.removesuffix("/0")

app = Flask(__name__)
celery = Celery("newsletter", broker=f"{server}/0", backend=f"{server}/0")


@app.post("/issues")
def order():
    asked = request.json
    job = celery.send_task("newsletter.lay_out", [asked["issue"], asked["reader"]])
    return jsonify(task_id=job.id), 202


@app.get("/issues/<task_id>")
def issue(task_id):
    job = celery.AsyncResult(task_id)
    if job.successful():
        return jsonify(state=job.state, text=job.result)
    return jsonify(state=job.state)


@app.get("/healthz")
def healthz():
    return jsonify(ok=True)
