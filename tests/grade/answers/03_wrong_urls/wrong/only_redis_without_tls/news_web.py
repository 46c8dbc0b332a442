"""The web side of the newsletter: takes orders for issues and tells how far they are."""

import os

from celery import Celery
from flask import Flask, jsonify, request

from news_settings import url

app = Flask(__name__)
celery = Celery("newsletter", broker=url, backend=url)


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
