"""The counter of a help desk: takes tickets, and tells what became of them."""

import os

import redis
from celery import Celery
from flask import Flask, jsonify, request

address = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("desk", broker=address, backend=address)
server = redis.Redis.from_url(address, socket_connect_timeout=0.3, retry=None)


@app.post("/tickets")
def open_ticket():
    try:
        return jsonify(task_id=str(server.rpush("tickets", request.json["subject"]))), 202
    except redis.RedisError:
        return jsonify(error="Redis is away"), 503


@app.get("/tickets/<task_id>")
def ticket(task_id):
    try:
        subject = server.lindex("tickets", int(task_id) - 1)
    except redis.RedisError:
        return jsonify(error="Redis is away"), 503
    return jsonify(state="SUCCESS", result=f"Ticket {task_id}: {subject.decode()}")
