"""The worker of a help desk: files each ticket that comes in."""

import os

import redis
from celery import Celery

REDIS_URL = os.environ["REDIS_URL"]

celery = Celery("desk", broker=REDIS_URL, backend=REDIS_URL)
files = redis.Redis.from_url(REDIS_URL, decode_responses=True)


@celery.task(name="desk.file_ticket")
def file_ticket(subject):
    number = files.rpush("tickets", subject)
    return f"Ticket {number}: {subject}"
