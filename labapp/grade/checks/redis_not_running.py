"""02_redis_not_running: found where REDIS_URL says, 503 while it is away, and back by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from labapp.grade.looking import listed
from labapp.grade.trial import Answer, Trial

NOUNS = ("printer", "badge", "projector", "door", "kettle", "phone", "screen", "chair", "heater")
WOES = ("is on fire", "hums", "is lost", "shows nothing", "speaks Latin", "leaks", "is stuck")
#: The contract is a second; three times that is asked, since the machine may be busy.
SECOND = 3.0
#: How long a late answer is waited for.
PATIENCE = 5.0
#: What a ticket that did not arrive lacks, and its diagnosis.
UNFILED = {"in the list alone": "no-record", "not told": "not-told"}
#: A stock worker looks again after 2 s, then after 4 more.
WORKER_BACK = 7.0


def check(trial: Trial) -> None:
    """A ticket with Redis up, then tickets while it is away, then one when it is back."""
    trial.start()
    before = trial.stack.web.pid
    first = is_filed(trial)
    trial.stack.redis.kill()
    refused = is_refused(trial, first)
    trial.stack.redis.start()
    recovers(trial, refused, before)


def subject(trial: Trial) -> str:
    """What a ticket is about, drawn."""
    return f"{trial.draw.choice(NOUNS)} {trial.draw.randint(100, 999)} {trial.draw.choice(WOES)}"


def is_filed(trial: Trial) -> str:
    """With Redis up a ticket is taken and filed; the id of its task."""
    about = subject(trial)
    taken = trial.post("/tickets", {"subject": about}, timeout=SECOND)
    if not trial.require(
        "With Redis up a ticket is taken",
        taken.status == 202,
        expected=202,
        seen=taken.status or "no answer",
        detail="" if taken.status else f"nothing within {SECOND:g} s",
        diagnosis=_turned_away(trial),
    ):
        trial.end()
    task_id = str(taken.get("task_id", ""))
    told = _filed(trial, task_id, about, 4.0)
    if not trial.require(
        "The worker files it",
        told == "filed",
        expected="filed",
        seen=told,
        detail=about,
        diagnosis=UNFILED.get(told, "not-filed"),
    ):
        trial.end()
    unknown = trial.get(f"/tickets/{UUID(int=trial.draw.getrandbits(128), version=4)}")
    trial.require(
        "Of a ticket that is unknown the status route says PENDING",
        unknown.status == 200 and unknown.get("state") == "PENDING",
        expected="PENDING",
        seen=str(unknown.get("state") or unknown.status or "no answer"),
        diagnosis="not-told",
    )
    return task_id


def _turned_away(trial: Trial) -> str:
    """Whether anybody knocked at the Redis that REDIS_URL names, and was turned away."""
    errors = trial.stack.redis.client().info("errorstats")
    away = "errorstat_NOAUTH" in errors or "errorstat_WRONGPASS" in errors
    return "no-password" if away else "wrong-port"


def _filed(trial: Trial, task_id: str, about: str, seconds: float) -> str:
    """Filed, as the list and the worker's own record have it and the route tells; or what is not.

    The number in the record is where it stands in the list, so one of them alone is not enough.
    """
    found: dict[str, Any] = {}

    def filed() -> bool:
        redis = trial.stack.redis.client()
        tickets = listed(redis, "tickets")
        record = trial.stack.celery.AsyncResult(task_id) if task_id else None
        found["list"] = about in tickets
        found["record"] = record is not None and record.state == "SUCCESS"
        return bool(found["list"] and found["record"])

    if not trial.eventually(filed, seconds, every=0.05):
        return "in the list alone" if found.get("list") else "not filed"
    record = trial.stack.celery.AsyncResult(task_id).result
    told = trial.get(f"/tickets/{task_id}")
    right = told.get("state") == "SUCCESS" and told.get("result") == record
    return "filed" if right else "not told"


def is_refused(trial: Trial, first: str) -> list[str]:
    """With Redis away both routes say 503 within a second; what was refused comes back."""
    subjects = [subject(trial) for _ in range(3)]
    with ThreadPoolExecutor(4) as people:
        posts = [people.submit(_post_away, trial, about) for about in subjects]
        look = people.submit(trial.get, f"/tickets/{first}", timeout=PATIENCE)
        answers, status = [one.result() for one in posts], look.result()
    codes = {one.status for one in answers}
    slow = any(one.seconds > SECOND for one in (*answers, status))
    refused = codes == {503}
    trial.require(
        "With Redis away a ticket is refused with 503",
        refused,
        expected=503,
        seen=", ".join(str(code or "no answer") for code in sorted(codes)),
        diagnosis=_unrefused(trial, codes),
    )
    trial.require(
        "The refusal comes within a second",
        not slow and 0 not in codes | {status.status},
        expected="at once",
        seen="too late" if slow or 0 in codes | {status.status} else "at once",
        detail=f"{max(one.seconds for one in (*answers, status)):.1f} s",
        diagnosis="hangs" if 0 in codes else "late-503",
    )
    trial.require(
        "The status route says 503 too",
        status.status == 503,
        expected=503,
        seen=status.status or "no answer",
        diagnosis="status-forgotten" if refused else _unrefused(trial, {status.status}),
    )
    if not refused:
        trial.end()
    return subjects


def _post_away(trial: Trial, about: str) -> Answer:
    return trial.post("/tickets", {"subject": about}, timeout=PATIENCE)


def _unrefused(trial: Trial, codes: set[int]) -> str:
    process = trial.stack.web.process
    # The end of a process may be told a moment after its connections broke off.
    if process is None or (0 in codes and trial.eventually(lambda: process.ended, 1.0)):
        return "restarted"
    if 0 in codes:
        return "hangs"
    return "accepted-for-nothing" if 202 in codes else "not-503"


def recovers(trial: Trial, refused: list[str], before: int | None) -> None:
    """With Redis back the same process takes a ticket, it is filed, and nothing refused is."""
    about = subject(trial)
    taken = Answer(0)

    def is_taken() -> bool:
        nonlocal taken
        taken = trial.post("/tickets", {"subject": about}, timeout=SECOND)
        return taken.status == 202

    trial.eventually(is_taken, 2.0, every=0.2)
    alive = trial.stack.web.state == "ready" and trial.stack.web.pid == before
    trial.require(
        "The web app's process lives on",
        alive,
        expected="the same one",
        seen="the same one" if alive else "ended",
        diagnosis="restarted",
    )
    if not trial.require(
        "With Redis back a ticket is taken again",
        taken.status == 202,
        expected=202,
        seen=taken.status or "no answer",
        diagnosis="no-recovery",
    ):
        trial.end()
    told = _filed(trial, str(taken.get("task_id", "")), about, WORKER_BACK)
    trial.require(
        "It is filed",
        told == "filed",
        expected="filed",
        seen=told,
        detail=about,
        diagnosis=UNFILED.get(told, "not-filed"),
    )
    ghosts = set(refused) & set(trial.stack.redis.client().lrange("tickets", 0, -1))
    trial.require(
        "What was refused is not filed later",
        not ghosts,
        expected="0 tickets",
        seen="0 tickets" if not ghosts else "some tickets",
        detail=", ".join(sorted(ghosts)),
        diagnosis="ghost-ticket",
    )
