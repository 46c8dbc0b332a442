"""The worker of the tests: tasks as other people write them, run by a real Celery worker."""

import os
import time
from pathlib import Path

from celery import Celery
from celery.exceptions import Ignore

app = Celery("tests", broker=os.environ["TEST_BROKER"], backend=os.environ["TEST_BACKEND"])
app.conf.update(
    accept_content=["json"],
    result_accept_content=["json"],
    task_track_started="TEST_UNTRACKED" not in os.environ,
    result_extended="TEST_EXTENDED" in os.environ,
    result_backend_transport_options={"global_keyprefix": os.environ.get("TEST_PREFIX")},
    worker_prefetch_multiplier=8,
)


@app.task(bind=True, name="steps")
def steps(self, count=5, pause=0.1, until=None):
    """Reports `count` steps; holds at half way for as long as the file `until` is missing."""
    for step in range(1, count + 1):
        meta = {"current": step, "total": count, "message": f"step {step}"}
        self.update_state(state="PROGRESS", meta=meta)
        time.sleep(pause)
        while until and step == count // 2 and not Path(until).exists():
            time.sleep(0.02)
    return {"made": count}


@app.task(name="echo")
def echo(value):
    return value


@app.task(name="boom")
def boom(words):
    raise ValueError(words)


@app.task(bind=True, name="says")
def says(self, state, meta):
    """Leaves a state of somebody's own behind, as tasks with custom states do."""
    self.update_state(state=state, meta=meta)
    raise Ignore


@app.task(bind=True, name="again", max_retries=5)
def again(self):
    raise self.retry(countdown=60, exc=ConnectionError("the other side is away"))


@app.task(name="quiet", ignore_result=True)
def quiet(value):
    return value


@app.task(name="total")
def total(numbers):
    return sum(numbers)


@app.task(name="nap")
def nap(seconds=0.1, value=1):
    time.sleep(seconds)
    return value


@app.task(name="hold")
def hold(path, value=1):
    """Waits for a file."""
    while not Path(path).exists():
        time.sleep(0.02)
    return value


if __name__ == "__main__":
    app.Worker(
        pool=os.environ.get("TEST_POOL", "threads"),
        concurrency=4,
        loglevel="ERROR",
        without_mingle=True,
        without_gossip=True,
    ).start()
