"""From the call to the first SUCCESS of a task over HTTP: the lab against the article's way."""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.bench.by_hand import (
    ByHand,
    article_app,
    article_venv,
    environ,
    scratch,
    until_first_success,
)
from tests.bench.table import Row, spread

PAIRS = 9
BAR = 1 / 3

#: A fresh process, as a kernel is: nothing of the lab, process or file, exists before the call.
LAB = """
import json, sys, time
from tests.bench.by_hand import until_first_success
from labapp.lab.stack import Stack
begin = time.perf_counter()
lab = Stack(**json.loads(sys.argv[1])).start()
{first}
print(time.perf_counter() - begin)
lab.stop()
"""
ARTICLE = "until_first_success(lab.web.port)"
OWN = """
import http.client
line = http.client.HTTPConnection("127.0.0.1", lab.web.port)
def ask(method, path, body=None):
    line.request(method, path, body, {"Content-Type": "application/json"})
    return json.loads(line.getresponse().read())
sent = ask("POST", "/tasks/long_running_task", '{"seconds": 0}')["task_id"]
while ask("GET", "/task_status/" + sent)["state"] != "SUCCESS":
    time.sleep(0.002)
"""


def measure(pairs: int = PAIRS) -> list[Row]:
    """Interleaved pairs; the first of each is thrown away, since it fills the disk's cache."""
    ours, own, hand, lean = [], [], [], []
    article = {"worker": "app:celery", "web": "app:app"}
    for _ in range(pairs + 1):
        with scratch() as folder:
            article_app(folder)
            ours.append(lab_seconds(folder, article, ARTICLE))
            hand.append(hand_seconds(folder))
            own.append(lab_seconds(folder, {}, OWN))
            lean.append(hand_seconds(folder, article_venv()))
    ours, own, hand, lean = ours[1:], own[1:], hand[1:], lean[1:]
    return [
        row("start to first SUCCESS, the article's app", ours, hand, BAR),
        row("  the same, labapp's own app", own, hand, None),
        row("  by hand with the article's packages alone", ours, lean, None),
    ]


def row(what: str, ours: list[float], hand: list[float], bar: float | None) -> Row:
    return Row(what, spread(ours), spread(hand), median(ours) / median(hand), bar)


def lab_seconds(folder: Path, options: dict[str, str], first: str) -> float:
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", LAB.replace("{first}", first), json.dumps(options)],
        cwd=folder, env=environ(PYTHONPATH=root), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout.splitlines()[-1])


def hand_seconds(folder: Path, bin_folder: Path | None = None) -> float:
    hand = ByHand(folder, bin_folder)
    begin = time.perf_counter()
    hand.start()
    try:
        until_first_success(hand.port)
        return time.perf_counter() - begin
    finally:
        hand.stop()
