"""A photo club's album: a picture is made small, then its owner is told."""

import os

import redis
from celery import Celery, chain
from flask import Flask, jsonify, request

REDIS_URL = os.environ["REDIS_URL"]

app = Flask(__name__)
celery = Celery("photos", broker=REDIS_URL, backend=REDIS_URL)
# Pictures have a queue of their own, so that they do not hold up the mail.
celery.conf.task_routes = {"photos.shrink": {"queue": "pictures"}}
album = redis.Redis.from_url(REDIS_URL, decode_responses=True)


@celery.task
def shrink(name, width, height):
    """Make the picture fit 320 by 240."""
    factor = min(320 / width, 240 / height, 1)
    album.hset("album", name, f"{round(width * factor)}x{round(height * factor)}")
    return name


@celery.task
def tell(name, owner):
    """Tell the owner that the picture is in the album."""
    album.rpush("mails", f"{owner}: {name} is in the album")
    return f"{owner} was told"


@app.post("/photos")
def upload():
    photo = request.json
    work = chain(
        shrink.s(photo["name"], photo["width"], photo["height"]),
        tell.s(photo["owner"]),
    ).delay()
    album.hset("uploads", work.id, photo["name"])
    return jsonify(task_id=work.id), 202


@app.get("/photos")
def photos():
    uploads = album.hgetall("uploads")
    return jsonify([[name, celery.AsyncResult(task_id).state] for task_id, name in uploads.items()])
