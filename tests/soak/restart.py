"""Over 1,000 tasks sent across 10 restarts: none lost; those that ran twice are counted."""

import os
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from labapp.lab import Stack
from tests.bench.by_hand import scratch

TASKS = 1_200
RESTARTS = 10
MODULE = """
import os
from celery import Celery
celery = Celery("counted", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])

@celery.task(name="mark", bind=True)
def mark(self, number, path):
    # One write of one line is whole, whoever else appends.
    with open(path, "a") as truth:
        truth.write(f"{number} {os.getppid()} {self.request.delivery_info.get('redelivered')}\\n")
"""


@dataclass
class Counted:
    """What became of the tasks, by their own account."""

    sent: int
    restarts: int
    lost: int
    twice: list[str]
    stranded: int


def run() -> bool:
    """Print the counts; a task that ran twice is shown with what it wrote."""
    found = count()
    print(
        f"   sent {found.sent}, restarts {found.restarts}, lost {found.lost}, "
        f"ran twice {len(found.twice)}, left in unacked {found.stranded}"
    )
    for lines in found.twice:
        print(f"   twice: {lines}")
    return found.lost == 0


def count(tasks: int = TASKS, restarts: int = RESTARTS) -> Counted:
    """Publish steadily while the worker is restarted; count what the tasks themselves wrote."""
    here = Path.cwd()
    with scratch() as folder:
        (folder / "counted.py").write_text(MODULE)
        truth = folder / "truth.txt"
        truth.touch()
        os.chdir(folder)
        try:
            with Stack(worker="counted:celery", web=None, celery_env=False) as lab:
                sender = threading.Thread(target=publish, args=(lab, tasks, str(truth)))
                sender.start()
                done = 0
                while sender.is_alive() or done < restarts:
                    lab.worker.restart()
                    done += 1
                    time.sleep(0.3)
                sender.join()
                settle(lab, truth, tasks)
                with lab.redis.client() as client:
                    stranded = client.hlen("unacked")
        finally:
            os.chdir(here)
        lines = truth.read_text().splitlines()
    ran = Counter(int(line.split()[0]) for line in lines)
    twice = [
        str([line for line in lines if line.split()[0] == str(number)])
        for number, times in ran.items()
        if times > 1
    ]
    return Counted(tasks, done, tasks - len(ran), twice, stranded)


def publish(lab: Stack, tasks: int, truth: str) -> None:
    for number in range(tasks):
        lab.celery.send_task("mark", args=[number, truth], ignore_result=True)
        time.sleep(0.005)


def settle(lab: Stack, truth: Path, tasks: int) -> None:
    """Until nothing has been written for two seconds, or all have run."""
    size, since = -1, time.monotonic()
    while time.monotonic() - since < 2:
        if truth.stat().st_size != size:
            size, since = truth.stat().st_size, time.monotonic()
        time.sleep(0.05)
