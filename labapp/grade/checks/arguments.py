"""05_arguments: what is sent is plain JSON, the worker does the work, and it does it right."""

from __future__ import annotations

from typing import Any

from labapp.grade.checks.parcels import GRAMS, LETTER, Asked, Results, draw, state_of, wait_for
from labapp.grade.looking import counted, listed
from labapp.grade.messages import body_of, is_plain_json
from labapp.grade.trial import Trial


def check(trial: Trial) -> None:
    """Ask while the worker is away, look at what waits, then let a worker do it."""
    asked = draw(trial)
    trial.start(workers=0)
    if not ask(trial, asked):
        trial.end()
    trial.add_worker()
    results = wait_for(trial, asked)
    see_labels(trial, asked, results)
    see_recall(trial, asked, results)
    see_quotes(trial, asked, results)


def ask(trial: Trial, asked: Asked) -> bool:
    """Send it all without a worker; False where nothing is left to be judged."""
    took = [_send(trial, asked, f"order {n}", "/orders", one) for n, one in asked.orders.items()]
    good = _accepted(trial, "/orders", took, "instance-sent")
    took = [_send(trial, asked, "recall", "/recalls", {"orders": asked.recalled})]
    good &= _accepted(trial, "/recalls", took, "set-sent")
    took = [_send(trial, asked, f"quote {n}", "/quotes", one) for n, one in enumerate(asked.quotes)]
    good &= _accepted(trial, "/quotes", took, "nothing-sent")
    if not good:
        return False
    for number, address in asked.moved.items():
        trial.put(f"/orders/{number}/address", {"address": address})
    return _waits(trial, asked)


def _send(trial: Trial, asked: Asked, what: str, path: str, body: Any) -> int:
    answer = trial.post(path, body)
    asked.ids[what] = str(answer.get("task_id", ""))
    return answer.status


def _accepted(trial: Trial, path: str, took: list[int], diagnosis: str) -> bool:
    other = sorted({status for status in took if status != 202})
    return trial.require(
        f"POST {path} is accepted",
        not other,
        expected=202,
        seen=", ".join(map(str, other)) or 202,
        diagnosis=diagnosis,
    )


def _waits(trial: Trial, asked: Asked) -> bool:
    """With the worker away, a message waits for each of them and nothing has been done."""
    redis = trial.stack.redis.client()
    messages = [raw for key in redis.scan_iter(_type="list") for raw in redis.lrange(key, 0, -1)]
    waiting = [body for body in map(body_of, messages) if body is not None]
    done = redis.exists(*[f"label:{n}" for n in asked.orders]) + redis.llen("mails")
    in_web = trial.require(
        "Nothing is done while the worker is away",
        not done,
        expected="0 labels and mails",
        seen="some" if done else "0 labels and mails",
        diagnosis="in-the-request",
    )
    finished = [w for w, one in asked.ids.items() if one and state_of(trial, one) == "SUCCESS"]
    seen = len(waiting)
    sent = trial.require(
        "A message waits for each request",
        seen >= len(asked.ids) and not finished,
        expected=f"{len(asked.ids)} messages",
        seen=f"{min(seen, len(asked.ids))} messages" + (", already done" if finished else ""),
        diagnosis="in-the-request" if finished else "nothing-sent",
    )
    plain = sum(is_plain_json(*body) for body in waiting)
    return (
        in_web
        & sent
        & trial.require(
            "What waits is plain JSON",
            plain == seen,
            expected="all of it",
            seen="all of it" if plain == seen else "not all of it",
            diagnosis="pickle",
        )
    )


def see_labels(trial: Trial, asked: Asked, results: Results) -> None:
    """Each label is printed by the worker, with the address that stands in the order now."""
    redis = trial.stack.redis.client()
    states = [results[f"order {number}"][0] for number in asked.orders]
    stale = wrong = 0
    for number, order in asked.orders.items():
        printed = redis.get(f"label:{number}") if redis.type(f"label:{number}") == "string" else ""
        email, address = order["email"], asked.moved.get(number, order["address"])
        good = printed == f"{email}, {address}"
        old = number in asked.moved and printed == f"{email}, {order['address']}"
        stale, wrong = stale + old, wrong + (not good and not old)
    failed = any(state != "SUCCESS" for state in states)
    trial.require(
        "Each order's label is printed",
        not failed and not wrong,
        expected=f"{len(states)} SUCCESS, {len(states)} for their customer",
        seen=f"{counted(states)}, {len(states) - wrong} for their customer",
        diagnosis="task-failed" if failed else "wrong-result",
    )
    trial.require(
        "A corrected address is on the label",
        not stale and not wrong,
        expected="the new one",
        seen="the old one" if stale else "none" if wrong else "the new one",
        detail=", ".join(asked.moved.values()),
        diagnosis="stale-copy" if stale else "wrong-result",
    )


def see_recall(trial: Trial, asked: Asked, results: Results) -> None:
    """Each customer gets one mail, and the task ends well, with each server once."""
    redis = trial.stack.redis.client()
    mails = listed(redis, "mails")
    twice = len(mails) > len(set(mails)) and set(mails) == set(asked.told)
    state, result = results["recall"]
    written = sorted(mails) == asked.told
    servers = sorted({email.partition("@")[2] for email in asked.told})
    trial.require(
        "The recall ends in SUCCESS",
        state == "SUCCESS",
        expected="SUCCESS",
        seen=state,
        diagnosis=_why_unended(trial, state, bool(mails)),
    )
    trial.require(
        "Each customer is told once",
        written,
        expected=f"{len(asked.told)} mails",
        seen=f"{len(mails)} mails",
        diagnosis="told-twice" if twice else "wrong-result",
    )
    if state == "SUCCESS":
        named = sorted(result, key=str) == servers if isinstance(result, list) else False
        trial.require(
            "The recall returns each mail server once",
            named,
            expected="a list of them",
            seen="a list of them" if named else "something else",
            detail=f"expected {servers}, seen {result}",
            diagnosis="wrong-result",
        )


def _why_unended(trial: Trial, state: str, mailed: bool) -> str:
    if not mailed or trial.stack.worker.state != "ready":  # another task took the worker down
        return "task-failed"
    return "result-ignored" if state == "PENDING" else "set-returned"


def see_quotes(trial: Trial, asked: Asked, results: Results) -> None:
    """Letters are letters, and the weight is the sum over the lines, here and through the route."""
    states, kinds, weights, letters = [], 0, 0, True
    for number, one in enumerate(asked.quotes):
        state, _ = results[f"quote {number}"]
        answer = trial.get(f"/tasks/{asked.ids[f'quote {number}']}")
        stored, told = results[f"quote {number}"][1], answer.get("result")
        states.append(state)
        size = (one["width"], one["depth"])
        kind = "letter" if size == LETTER else "parcel"
        grams = sum(GRAMS[line["product"]] * line["count"] for line in one["lines"])
        both = [result if isinstance(result, dict) else {} for result in (stored, told)]
        right = all(result.get("kind") == kind for result in both)
        kinds, letters = kinds + right, letters and (right or size != LETTER)
        weights += all(result.get("grams") == grams for result in both)
    failed = any(state != "SUCCESS" for state in states)
    many = len(states)
    trial.require(
        "The quotes end in SUCCESS",
        not failed,
        expected=f"{many} SUCCESS",
        seen=counted(states),
        diagnosis="task-failed",
    )
    trial.require(
        "30 by 20 goes as a letter, everything else as a parcel",
        kinds == many,
        expected=f"{many} of {many}",
        seen=f"{kinds} of {many}",
        diagnosis="task-failed" if failed else "more-letters" if letters else "tuple-compared",
    )
    trial.require(
        "The weight is the sum over the lines",
        weights == many,
        expected=f"{many} of {many}",
        seen=f"{weights} of {many}",
        diagnosis="task-failed"
        if failed
        else "keys-became-text"
        if not weights
        else "wrong-result",
    )
