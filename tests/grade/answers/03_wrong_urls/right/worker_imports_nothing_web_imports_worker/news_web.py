"""The web side of the newsletter: takes orders for issues and tells how far they are."""

from flask import Flask, jsonify, request
from news_worker import celery, lay_out

app = Flask(__name__)


@app.post("/issues")
def order():
    job = lay_out.delay(request.json["issue"], request.json["reader"])
    return jsonify(task_id=job.id), 202


@app.get("/issues/<task_id>")
def issue(task_id):
    job = celery.AsyncResult(task_id)
    told = {"state": job.state}
    if job.state == "SUCCESS":
        told["text"] = job.result
    return told


@app.get("/healthz")
def healthz():
    return jsonify(ok=True)
