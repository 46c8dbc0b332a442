"""The web side of the newsletter: takes orders for issues and tells how far they are."""

import os

from celery import Celery
from flask import Flask, jsonify, request
from news_worker import lay_out

REDIS_URL = os.environ["REDIS_URL"]
if not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ValueError("REDIS_URL does not start with redis:// or rediss://")

app = Flask(__name__)
celery = Celery("newsletter", broker=REDIS_URL, backend=REDIS_URL)


DONE = {}


@app.post("/issues")
def order():
    asked = request.json
    DONE[task_id := str(len(DONE))] = lay_out(asked["issue"], asked["reader"])
    return jsonify(task_id=task_id), 202


@app.get("/issues/<task_id>")
def issue(task_id):
    return jsonify(state="SUCCESS", text=DONE[task_id])


@app.get("/healthz")
def healthz():
    return jsonify(ok=True)
