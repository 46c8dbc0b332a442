"""04_configuration_ignored: what Celery does shows which of its settings it has read."""

from __future__ import annotations

import json
from typing import Any

from labapp.grade.checks.procfile import argv_of_report, argv_of_worker, queues_named
from labapp.grade.trial import Trial

CUSTOMERS = ("Abara", "Lindqvist", "Moreau", "Okafor", "Silva", "Tanaka", "Varga")
QUEUE = "invoices"
MINUTES = 600
#: Says on one line what Celery believes, or which of its own refusals it met.
ASK = """
import json
from celery.exceptions import ImproperlyConfigured
import invoices
try:
    said = {"broker": invoices.celery.connection_for_write().transport_cls}
except ImproperlyConfigured:
    said = {"mixed": True}
print("\\n" + json.dumps(said))
"""


def check(trial: Trial) -> None:
    """Send invoices while no worker is there, look where they lie, then let a worker do them."""
    trial.start(workers=0)
    try:
        asked = [_invoice(trial) for _ in range(2)]
        ids = is_sent(trial, asked)
        lies_in_queue(trial, ids)
        is_worked(trial, asked, ids)
    finally:  # how the settings end does not hide the other file
        finds_app(trial)


def _invoice(trial: Trial) -> dict[str, Any]:
    cents = [trial.draw.randint(1, 99_999) for _ in range(trial.draw.randint(2, 5))]
    return {"customer": trial.draw.choice(CUSTOMERS), "cents": cents}


def finds_app(trial: Trial) -> None:
    """The command in the Procfile finds a Celery app: with `report` for `worker` it ends well."""
    argv = argv_of_report(trial.folder)
    if not trial.require(
        "The Procfile has a worker's line",
        argv,
        expected="celery -A ... worker",
        seen="celery -A ... worker" if argv else "none",
        diagnosis="no-worker-line",
    ):
        return
    ran = trial.run("-m", *argv, timeout=6.0)
    trial.require(
        "Its -A finds the Celery app",
        ran.code == 0,
        expected="found",
        seen="found" if ran.code == 0 else "not found",
        detail=" ".join(argv[:-1]),
        diagnosis="wrong-app",
    )
    taken = queues_named(argv_of_worker(trial.folder))
    trial.require(
        "It takes from the queue invoices",
        not taken or QUEUE in taken,
        expected="takes",
        seen="takes" if not taken or QUEUE in taken else "another queue",
        detail=", ".join(taken),
        diagnosis="another-queue",
    )


def is_sent(trial: Trial, asked: list[dict[str, Any]]) -> list[str]:
    """Each invoice is accepted, or the check ends with what Celery believes its broker to be."""
    answers = [trial.post("/invoices", one) for one in asked]
    codes = sorted({one.status for one in answers})
    if not trial.require(
        "An invoice is accepted",
        codes == [202],
        expected=202,
        seen=", ".join(str(code or "no answer") for code in codes),
        diagnosis="" if codes == [202] else _why_not(trial),
    ):
        trial.end()
    return [str(one.get("task_id", "")) for one in answers]


def _why_not(trial: Trial) -> str:
    said = _said(trial.run("-c", ASK).text)
    if said.get("mixed"):
        return "mixed"
    return "elsewhere" if "redis" in str(said.get("broker", "amqp")) else "amqp"


def _said(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text.strip().rpartition("\n")[2])
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def lies_in_queue(trial: Trial, ids: list[str]) -> None:
    """With no worker, each of them lies in the queue, as a task; nothing is done."""
    redis = trial.stack.redis.client()
    lists = {key: redis.lrange(key, 0, -1) for key in redis.scan_iter(_type="list")}
    here = {key: sum(one in raw for one in ids for raw in lists[key]) for key in lists}
    as_tasks = sum(_is_task(raw, ids) for raw in lists.get(QUEUE, []))
    done = sum(redis.exists(f"celery-task-meta-{one}") for one in ids)
    nowhere = not sum(here.values())
    early = bool(done or (nowhere and _told_done(trial, ids)))
    trial.require(
        "Without a worker nothing is done",
        not early,
        expected="0 done",
        seen=f"{done or 'some'} done" if early else "0 done",
        diagnosis="in-the-request",
    )
    if not trial.require(
        "They wait in the Redis of REDIS_URL",
        not nowhere,
        expected="there",
        seen="nothing there" if nowhere else "there",
        diagnosis="elsewhere",
    ):
        trial.end()
    trial.require(
        f"They wait in the queue {QUEUE}",
        as_tasks == len(ids),
        expected=f"{len(ids)} messages",
        seen=f"{as_tasks} messages",
        detail=", ".join(f"{key}: {count}" for key, count in here.items()),
        diagnosis="queue-ignored",
    )


def _told_done(trial: Trial, ids: list[str]) -> bool:
    return any(trial.get(f"/invoices/{one}").get("state") == "SUCCESS" for one in ids)


def _is_task(raw: Any, ids: list[str]) -> bool:
    try:
        headers = json.loads(raw)["headers"]
        return headers["id"] in ids and bool(headers["task"])
    except (ValueError, KeyError, TypeError):
        return False


def is_worked(trial: Trial, asked: list[dict[str, Any]], ids: list[str]) -> None:
    """A worker that is told no queue takes them; results are there, right, and not for long."""
    trial.add_worker("plain")
    redis = trial.stack.redis.client()

    def taken() -> bool:
        return not any(redis.llen(key) for key in (QUEUE, "celery"))

    waits = not trial.eventually(taken, 3.0)
    if not trial.require(
        "A worker without -Q takes them",
        not waits,
        expected="taken",
        seen="still waiting" if waits else "taken",
        diagnosis="queue-ignored",
    ):
        trial.end()
    stored = trial.eventually(
        lambda: all(redis.exists(f"celery-task-meta-{one}") for one in ids), 3.0
    )
    trial.require(
        "Their results are in the Redis of REDIS_URL",
        stored,
        expected="there",
        seen="there" if stored else "not there",
        diagnosis="no-result-store",
    )
    if not stored:
        return
    lives = [redis.ttl(f"celery-task-meta-{one}") for one in ids]
    short = all(0 < one <= MINUTES for one in lives)
    early = short and any(one < MINUTES / 2 for one in lives)
    trial.require(
        "Results are gone after ten minutes",
        short and not early,
        expected="600 s",
        seen="sooner" if early else "600 s" if short else "longer",
        detail=f"{max(lives)} s",
        diagnosis="expires-too-soon" if early else "expiry-ignored",
    )
    right = 0
    for one, task_id in zip(asked, ids, strict=True):
        answer = trial.get(f"/invoices/{task_id}")
        total = f"{one['customer']}: {sum(one['cents']) / 100:.2f}"
        record = json.loads(redis.get(f"celery-task-meta-{task_id}") or "{}")
        right += answer.get("result") == total == record.get("result")
    trial.require(
        "The invoices are added up",
        right == len(asked),
        expected=f"{len(asked)} right",
        seen=f"{right} right",
        diagnosis="wrong-result",
    )
