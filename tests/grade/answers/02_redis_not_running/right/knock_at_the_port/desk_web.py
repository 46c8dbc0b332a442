"""The counter of a help desk: takes tickets, and tells what became of them."""

import os
import socket
from urllib.parse import urlsplit

from celery import Celery
from flask import Flask, abort, jsonify, request

parts = urlsplit(os.environ["REDIS_URL"])
address = f"redis://:{parts.password}@{parts.hostname}:{parts.port}/0"

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)


def knock():
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=0.3).close()
    except OSError:
        abort(503, "The help desk's store is away.")


@app.post("/tickets")
def open_ticket():
    knock()
    job = celery.send_task("desk.file_ticket", [request.json["subject"]])
    return jsonify(task_id=job.id), 202


@app.get("/tickets/<task_id>")
def ticket(task_id):
    knock()
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
