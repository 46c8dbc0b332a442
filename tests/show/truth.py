"""A random mix of tasks, faults and restarts, and the file that says what really happened.

Each task body appends its start and its end to the file. A message that a killed worker had
fetched comes back after two seconds here, where Celery's default is an hour.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from celery import states

from labapp import Lab
from tests.live.history_lab import MODULE
from tests.live.services import wait_until

SENT = 500
FLOOD = 300
GIVEN_BACK = """
celery.conf.broker_transport_options = {
    "visibility_timeout": 2, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}
"""
KEEPING = (
    "worker paused",
    "one child killed",
    "worker killed",
    "redis slow",
    "redis frozen",
    "queue flooded",
)
"""Faults that lose nothing of what Redis holds."""
LOSING = ("redis down", "redis out of memory")
"""It comes back empty; it takes neither results nor the note of a message that was fetched."""
GOING_ON = ("queued", "fetched", "running", "again")


@dataclass
class Truth:
    """What was sent and what was done, in the words of who did it."""

    sent: set[str] = field(default_factory=set)
    flooded: int = 0
    tried: set[str] = field(default_factory=set)
    starts: dict[str, list[float]] = field(default_factory=dict)
    ends: dict[str, list[float]] = field(default_factory=dict)
    #: When what ran at that moment could be lost, in Unix seconds: from, to, why.
    moments: list[tuple[float, float, str]] = field(default_factory=list)

    def read(self, folder: Path) -> None:
        """Take in what the bodies of the tasks have written."""
        for line in (folder / "truth").read_text().splitlines():
            word, task_id, at = line.split()
            into = self.starts if word == "start" else self.ends
            into.setdefault(task_id, []).append(float(at))

    def in_a_moment(self, at: float) -> bool:
        return any(start - 0.5 < at < end + 0.5 for start, end, _ in self.moments)


class Mix:
    """One lab at work, and the dice that say what happens to it."""

    def __init__(self, lab: Lab, folder: Path, dice: random.Random) -> None:
        self.lab, self.folder, self.dice = lab, folder, dice
        self.history = lab.recording.history
        self.truth = Truth()
        self.done: list[str] = []
        wait_until(lambda: lab.recording.link.events == "heard")
        time.sleep(1.2)  # the lab's workers look once a second whether somebody wants events

    def run(self, happenings: list[str]) -> None:
        """Send 500 tasks; in between, in random order and at random moments, these things."""
        self.dice.shuffle(happenings)
        places = sorted(self.dice.sample(range(20, SENT - 20), len(happenings)))
        at = dict(zip(places, happenings, strict=True))
        for number in range(SENT):
            if number in at:
                self._happen(at[number])
            self._send()
            time.sleep(self.dice.random() * 0.015)  # about as fast as the worker's two slots are
        self._settle()
        self.truth.read(self.folder)
        # A send that failed, since Redis did not answer in time, may have arrived all the same. It
        # is counted where it was heard; its sender counts it as not sent, and nobody else may know.
        self.truth.sent |= self.truth.tried & self.history.tasks.keys()
        for key in self.truth.starts.keys() - self.truth.sent:
            assert key in self.truth.tried, self._fate(key)
            assert self.truth.in_a_moment(self.truth.starts[key][0]), self._fate(key)

    def check_totals(self) -> None:
        """Each that was sent is counted once: it has ended, or nobody can account for it."""
        shown, total = self.shown(), len(self.truth.sent) + self.truth.flooded
        assert (shown["sent"], shown["waiting"], shown["running"]) == (total, 0, 0), self.story()
        assert shown["ended"] + shown["unaccounted"] == total, self.story()

    def check_each_task(self) -> None:
        """Those that nobody can account for are those that the display names, and no others."""
        stored = self._with_result()
        for key in self.truth.sent:
            told = self.history.tasks[key]
            starts, ends = self.truth.starts.get(key, []), self.truth.ends.get(key, [])
            lost = told.place == "unaccounted"
            words = f"{self._fate(key)}, {key in stored}: {told}\n{self.truth.moments}"
            if ends and lost:  # it was done, and what came of it was not stored or not heard
                assert key not in stored, f"its result is there: {words}"
                assert self.truth.in_a_moment(ends[-1]), f"nothing kept it from telling: {words}"
            if not ends and not lost:  # its process was killed, and the worker has said so
                assert told.outcome == "failed", f"it never ended: {words}"
                assert self.truth.in_a_moment(starts[-1]), f"nothing killed it: {words}"
            if not any(map(self.truth.in_a_moment, starts)) and not lost:
                heard = sum(one.started is not None for one in told.tries)
                assert heard == len(starts), f"started {len(starts)} times: {words}"

    def _with_result(self) -> set[str]:
        """Ids of the tasks whose end the result store knows."""
        with self.lab.redis.client() as client:
            keys = list(client.scan_iter("celery-task-meta-*", count=1000))
            found = [json.loads(raw) for raw in client.mget(keys) if raw] if keys else []
        return {one["task_id"] for one in found if one["status"] in states.READY_STATES}

    def _happen(self, what: str) -> None:
        self.done.append(what)
        time.sleep(self.dice.random() * 0.2)
        start = time.time()
        if what == "restart":
            self.lab.worker.restart()
            return
        options = {"count": FLOOD} if what == "queue flooded" else {}
        self.truth.flooded += options.get("count", 0)
        with self.lab.fault(what, **options):
            for _ in range(self._how_many(what)):
                self._send()
            time.sleep(self.dice.random() * 0.4)
        self.truth.moments.append((start, time.time(), what))

    def _how_many(self, what: str) -> int:
        """Tasks to send meanwhile; each waits two seconds for a Redis that does not answer."""
        return int(what != "redis frozen" or self.dice.random() < 0.3) and self.dice.randrange(4)

    def _send(self) -> None:
        name = self.dice.choices(["nap", "boom", "again"], [6, 2, 1])[0]
        kwargs = {
            "nap": {"seconds": self.dice.choice([0.0, 0.005, 0.02, 0.05])},
            "boom": {},
            "again": {"times": self.dice.randint(0, 3), "countdown": 0.05},
        }[name]
        task_id = str(uuid4())
        try:
            self.lab.celery.send_task(name, kwargs=kwargs, task_id=task_id)
            self.truth.sent.add(task_id)
        except Exception:  # Redis is away or full: each of its layers has an error of its own
            self.truth.tried.add(task_id)

    def _settle(self) -> None:
        """Wait until nothing waits and nothing runs; what is not accounted for stays so."""
        quiet: float | None = None
        until = time.monotonic() + 60
        while quiet is None or time.monotonic() < quiet + 6:  # results are asked for 5 s later
            self.history.look()
            going_on = any(self.history.counts[place] for place in GOING_ON)
            quiet = None if going_on else quiet or time.monotonic()
            assert time.monotonic() < until, self.story()
            time.sleep(0.05)

    def story(self) -> str:
        """What a failure needs to say."""
        tasks = self.history.tasks
        left = [told for told in tasks.values() if told.place in GOING_ON]
        strange = [tasks[key] for key in tasks.keys() - self.truth.sent if tasks[key].stored]
        never = [key for key in self.truth.sent if key not in tasks]
        return (
            f"{self.done}\n{len(self.truth.sent)} sent, {self.truth.flooded} of a flood; "
            f"{dict(self.history.counts)}\n{self.history.gaps}\nstill going on: {left[:5]}\n"
            f"never sent: {strange[:5]}\nnever heard of: {[self._fate(key) for key in never[:5]]}"
        )

    def _fate(self, key: str) -> tuple[object, ...]:
        return key, self.truth.starts.get(key), self.truth.ends.get(key), key in self.truth.tried

    def shown(self) -> dict[str, Any]:
        """The counts of the map."""
        return self.lab.system_map().snapshot()["counts"]


@contextmanager
def mix_in(folder: Path, seed: int) -> Iterator[Mix]:
    """A lab with tasks that write down what they do; it runs in the folder one is in."""
    print(f"TRUTH_SEED={seed}", flush=True)
    (folder / "mine.py").write_text(MODULE + GIVEN_BACK)
    (folder / "truth").touch()
    env = {"TRUTH": str(folder / "truth")}
    with Lab(worker="mine:celery", web=None, celery_env=False, env=env) as lab:
        yield Mix(lab, folder, random.Random(seed))
