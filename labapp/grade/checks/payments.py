"""What the check of 06 pays: orders drawn at random, what the bank says, how each task ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from labapp.grade.trial import Trial

#: How many payments fail twice together; with jitter their third attempts cannot lie together.
CROWD = 20
#: The first attempt, and the two retries that the task text allows.
CALLS = 3
#: Seconds after its last call in which a task that ends has written so.
REST = 2.0
FINAL = ("SUCCESS", "FAILURE")
REASONS = ("card expired", "account closed", "limit reached", "name differs", "card reported lost")


@dataclass
class Orders:
    """What is paid, by kind, and the ids of the tasks."""

    crowd: list[int]
    good: list[int]
    refused: list[int]
    hopeless: int
    reason: str
    late: int
    ids: dict[int, str] = field(default_factory=dict)

    @property
    def final(self) -> list[int]:
        """Those that end without money."""
        return [*self.refused, self.hopeless]


def draw(trial: Trial) -> Orders:
    """Random orders, and what the bank says no for."""
    numbers = trial.draw.sample(range(1000, 9999), CROWD + 6)
    reason = f"{trial.draw.choice(REASONS)} ({trial.draw.randint(10_000, 99_999)})"
    crowd, rest = numbers[:CROWD], numbers[CROWD:]
    return Orders(crowd, rest[:2], rest[2:4], rest[4], reason, rest[5])


def told_to_bank(trial: Trial, orders: Orders) -> None:
    """The bank's answers; it says yes to whatever is not here."""
    redis = trial.stack.redis.client()
    for order in orders.crowd:
        redis.rpush(f"bank:{order}", "busy", "busy")
    for order in orders.refused:
        redis.rpush(f"bank:{order}", *[f"no: {orders.reason}"] * 8)
    redis.rpush(f"bank:{orders.hopeless}", *["busy"] * 40)


def wait_for_all(trial: Trial, orders: Orders) -> dict[int, dict[str, Any]]:
    """The record of each task, as the store has it, once all is over or has had its time."""
    redis = trial.stack.redis.client()
    records: dict[int, dict[str, Any]] = {}

    def over() -> bool:
        records.update(read_records(redis, orders))
        running = [order for order in orders.ids if records[order]["status"] not in FINAL]
        if running == [orders.hopeless]:
            return keeps_on(redis, orders.hopeless)
        return not running and not redis.llen("celery") and not redis.hlen("unacked")

    # Two waits of at most 1 and 2 s.
    trial.eventually(over, max(3.0, min(7.0, trial.left - 2.0)), every=0.1)
    return records


def keeps_on(redis: Any, order: int) -> bool:
    """Whether the bank was asked more often than it may be, or is going to be."""
    calls = redis.lrange(f"calls:{order}", 0, -1)
    seconds, micros = redis.time()
    return len(calls) > CALLS or (
        len(calls) == CALLS and seconds + micros / 1e6 > float(calls[-1]) + REST
    )


def read_records(redis: Any, orders: Orders) -> dict[int, dict[str, Any]]:
    """What the result store holds of each task; status PENDING where that is nothing."""
    raw = redis.mget([f"celery-task-meta-{task_id}" for task_id in orders.ids.values()])
    return {order: _record(text) for order, text in zip(orders.ids, raw, strict=True)}


def _record(text: str | None) -> dict[str, Any]:
    try:
        told = json.loads(text or "{}")
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    return {"status": str(told.get("status", "PENDING")), "result": told.get("result")}
