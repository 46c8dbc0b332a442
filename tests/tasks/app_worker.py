"""The worker of the tests: the app of labapp.tasks, with tasks that end in every way."""

import sys
import time

from celery import current_task, shared_task
from celery.exceptions import Ignore

from labapp.progress import report, track
from labapp.tasks import celery

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too' \ud800"


@shared_task(name="tests.add")
def add(x, y):
    return x + y


@shared_task(name="tests.fail")
def fail(message=HOSTILE):
    raise ValueError(message)


@shared_task(name="tests.retry", bind=True, max_retries=50)
def retry(self, countdown=60):
    if self.request.retries:
        return self.request.retries
    raise self.retry(exc=ConnectionError(HOSTILE), countdown=countdown)


@shared_task(name="tests.give")
def give(what):
    """Results that strict JSON, or a page, cannot carry."""
    return {
        "hostile": HOSTILE,
        "nan": float("nan"),
        "bytes": b"\xff\x00",
        "deep": [[[["deep"]]]],
        "none": None,
    }[what]


@shared_task(name="tests.poison", bind=True)
def poison(self):
    self.update_state(state="FAILURE", meta={"exc": "no exception at all"})
    raise Ignore("leave what stands in the backend")


@shared_task(name="tests.own_state", bind=True)
def own_state(self, meta):
    self.update_state(state=HOSTILE, meta=meta)
    raise Ignore("leave what stands in the backend")


@shared_task(name="tests.hold_back")
def hold_back():
    """Two reports within one interval; the second is held back until the task returns."""
    report(1, 10, "first")
    report(2, 10, "second")


@shared_task(name="tests.leave_loop")
def leave_loop():
    """A loop that an exception leaves while its last report is held back."""
    for number in track(range(1000)):
        if number == 500:
            raise ValueError("left")


@shared_task(name="tests.count")
def count(total, pause=0.0):
    for _ in track(range(total), message="counted"):
        time.sleep(pause)


@shared_task(name="tests.calls_another")
def calls_another():
    """Calls a task as the function that it is, and reports afterwards."""
    report(1, 10, "before")
    add(1, 2)
    report(10, 10, "after the other one")


@shared_task(name="tests.chain_on")
def chain_on():
    """Sends another task from inside a worker."""
    return add.delay(20, 22).id


@shared_task(name="tests.which_process")
def which_process():
    return current_task.request.hostname


if __name__ == "__main__":
    options = {"hostname": sys.argv[1]} if sys.argv[1:] else {}
    celery.Worker(
        pool_cls="prefork",
        concurrency=2,
        loglevel="INFO",
        without_mingle=True,
        without_gossip=True,
        **options,
    ).start()
