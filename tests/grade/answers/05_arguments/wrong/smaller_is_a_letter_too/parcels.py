"""Parcels: quotes the postage, prints the label, calls back what was faulty."""

import os

import redis
from celery import Celery
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]
GRAMS = {7: 350, 12: 1200, 31: 640}  # product number: weight
LETTER = (30, 20)  # what still goes as a letter

app = Flask(__name__)
celery = Celery("parcels", broker=REDIS_URL, backend=REDIS_URL)
store = redis.Redis.from_url(REDIS_URL, decode_responses=True)


class Order:
    def __init__(self, number, email, address):
        self.number, self.email, self.address = int(number), email, address

    def save(self):
        store.hset(f"order:{self.number}", mapping=vars(self))

    @classmethod
    def load(cls, number):
        return cls(**store.hgetall(f"order:{number}"))


@celery.task
def quote(size, counts):
    kind = "letter" if size[0] <= 30 and size[1] <= 20 else "parcel"
    return {"kind": kind, "grams": sum(GRAMS[n] * counts.get(str(n), 0) for n in GRAMS)}


@celery.task
def label(number):
    order = Order.load(number)
    store.set(f"label:{order.number}", f"{order.email}, {order.address}")


@celery.task
def recall(emails):
    for email in emails:
        store.rpush("mails", email)
    return sorted({email.partition("@")[2] for email in emails})  # the mail servers that had to do with it


@app.post("/quotes")
def ask_for_quote():
    size = request.json["width"], request.json["depth"]
    counts = {line["product"]: line["count"] for line in request.json["lines"]}
    return jsonify(task_id=quote.delay(size, counts).id), 202


@app.post("/orders")
def take_order():
    order = Order(**request.json)
    order.save()
    return jsonify(task_id=label.delay(order.number).id), 202


@app.put("/orders/<int:number>/address")
def move(number):
    store.hset(f"order:{number}", "address", request.json["address"])
    return jsonify(ok=True)


@app.post("/recalls")
def send_recall():
    emails = {Order.load(number).email for number in request.json["orders"]}
    return jsonify(task_id=recall.delay(sorted(emails)).id), 202


@app.get("/tasks/<task_id>")
def task(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
