"""Edit a task, restart its worker, the new code has run: the lab against TERM by hand."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from labapp.lab import Stack
from labapp.lab.client import bare_client
from tests.bench.by_hand import ByHand, scratch
from tests.bench.table import Row, spread

ROUNDS = 7
BAR = 1 / 4
MODULE = """
import os
from celery import Celery
celery = Celery("edited", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])

@celery.task(name="answer")
def answer():
    return 0
"""


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Interleaved: one edit in the lab, one by hand, both idle before."""
    with scratch() as ours, scratch() as theirs:
        for folder in (ours, theirs):
            (folder / "edited.py").write_text(MODULE)
        hand = ByHand(theirs)
        lab = make_lab(ours)
        try:
            hand.start_redis()
            hand.wait_for_redis()
            hand.start_worker("edited.celery")
            hand_client = bare_client(hand.url, hand.url)
            hand_client.send_task("answer").get(timeout=60)
            lab_times, hand_times = [], []
            for number in range(1, rounds + 1):
                lab_times.append(in_the_lab(lab, ours / "edited.py", number))
                hand_times.append(by_hand(hand, hand_client, theirs / "edited.py", number))
        finally:
            lab.stop()
            hand.stop()
    ratio = median(lab_times) / median(hand_times)
    return [Row("edit, restart, new code ran", spread(lab_times), spread(hand_times), ratio, BAR)]


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """A lab finds a learner's module from the folder in which it was made."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def make_lab(folder: Path) -> Stack:
    with inside(folder):
        return Stack(worker="edited:celery", web=None, celery_env=False).start()


def edit(path: Path, number: int) -> None:
    path.write_text(MODULE.replace("return 0", f"return {number}"))
    # A source newer by less than a second may find its old bytecode taken for current.
    for cached in (path.parent / "__pycache__").glob("edited.*"):
        cached.unlink()


def in_the_lab(lab: Stack, path: Path, number: int) -> float:
    time.sleep(0.5)
    begin = time.perf_counter()
    edit(path, number)
    lab.worker.restart()
    assert lab.celery.send_task("answer").get(timeout=60) == number
    return time.perf_counter() - begin


def by_hand(hand: ByHand, client, path: Path, number: int) -> float:
    time.sleep(0.5)
    begin = time.perf_counter()
    edit(path, number)
    old = hand.processes["worker"]
    old.send_signal(signal.SIGTERM)
    old.wait()
    hand.start_worker("edited.celery")
    assert client.send_task("answer").get(timeout=60) == number
    return time.perf_counter() - begin
