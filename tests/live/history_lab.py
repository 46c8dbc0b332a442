"""A lab with tasks of every fate, for the tests of what looks back on them."""

from __future__ import annotations

import time

from labapp.live.recording import Recording
from tests.live.services import wait_until

#: Each body appends its start and its end to a file: the truth that displays are held against.
MODULE = """
import os, time
from celery import Celery
celery = Celery("mine", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
celery.conf.update(accept_content=["json"])

def note(word, task):
    if path := os.environ.get("TRUTH"):
        with open(path, "ab", buffering=0) as file:
            file.write(f"{word} {task.request.id} {time.time()}\\n".encode())

@celery.task(bind=True, name="nap")
def nap(self, seconds=0.05):
    note("start", self)
    time.sleep(seconds)
    note("end", self)
    return seconds

@celery.task(name="add")
def add(x, y):
    return x + y

@celery.task(name="total")
def total(numbers):
    return sum(numbers)

@celery.task(bind=True, name="boom")
def boom(self):
    note("start", self)
    note("end", self)
    raise ValueError("no such picture")

@celery.task(bind=True, name="again", max_retries=5)
def again(self, times=2, countdown=0.1):
    note("start", self)
    if self.request.retries < times:
        raise self.retry(countdown=countdown, exc=ConnectionError("the other side is away"))
    note("end", self)
    return "at last"
"""


def begin_recording(stack) -> Recording:
    """A recording that the lab's workers have noticed: they look once a second."""
    recording = Recording(stack.celery)
    wait_until(lambda: recording.link.events == "heard")
    time.sleep(1.2)
    return recording


def ended(recording, *results):
    """Whether the history knows the end of each."""
    tasks = recording.history.tasks
    return lambda: all(r.id in tasks and tasks[r.id].place == "ended" for r in results)
