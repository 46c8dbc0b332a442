"""The web side of the newsletter: takes orders for issues and tells how far they are."""

from flask import Flask, jsonify, request

from news_settings import celery

app = Flask(__name__)


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
