"""The counter of a help desk: takes tickets, and tells what became of them."""

from celery import Celery
from flask import Flask, jsonify, request

HOST = "127.0.0.1"
PORT = 6399  # the Redis below Martin's desk

address = f"redis://{HOST}:{PORT}/0"

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)


@app.post("/tickets")
def open_ticket():
    job = celery.send_task("desk.file_ticket", [request.json["subject"]])
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
