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
def quote(letter, products):
    kind = "letter" if letter else "parcel"
    return {"kind": kind, "grams": sum(map(GRAMS.get, products))}


@celery.task
def label(*, key):
    found = store.hgetall(key)
    store.set(key.replace("order", "label"), "{email}, {address}".format(**found))


@celery.task
def recall(emails):
    with store.pipeline() as pipe:
        for email in emails:
            pipe.rpush("mails", email)
        pipe.execute()
    return list({email.partition("@")[2]: 1 for email in emails})  # the mail servers that had to do with it


@app.post("/quotes")
def ask_for_quote():
    size = request.json["width"], request.json["depth"]
    products = [line["product"] for line in request.json["lines"] for _ in range(line["count"])]
    return jsonify(task_id=quote.delay(size == LETTER, products).id), 202


@app.post("/orders")
def take_order():
    order = Order(**request.json)
    order.save()
    return jsonify(task_id=label.s(key=f"order:{order.number}").apply_async().id), 202


@app.put("/orders/<int:number>/address")
def move(number):
    store.hset(f"order:{number}", "address", request.json["address"])
    return jsonify(ok=True)


@app.post("/recalls")
def send_recall():
    emails = {Order.load(number).email for number in request.json["orders"]}
    return jsonify(task_id=recall.delay([*emails]).id), 202


@app.get("/tasks/<task_id>")
def task(task_id):
    job = celery.AsyncResult(task_id)
    return jsonify(state=job.state, result=job.result if job.successful() else None)
