"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

from celery import Celery
from flask import Flask, jsonify, request

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)



def up():
    import socket
    from urllib.parse import urlsplit
    p = urlsplit(address)
    try:
        socket.create_connection((p.hostname, p.port), 0.3).close()
        return True
    except OSError:
        return False


@app.before_request
def once():
    global refused
    if not up():
        return jsonify(task_id="none"), 503


@app.post("/tickets")
def open_ticket():
    job = celery.send_task("desk.file_ticket", [request.json["subject"]])
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state="SUCCESS", result="Ticket 1: x")
