"""06_unhandled_exceptions: the busy bank is asked again, the final no is told, nothing vanishes."""

from __future__ import annotations

import shutil
from typing import Any

import httpx

from labapp.grade.checks.payments import CALLS, CROWD, Orders, draw, told_to_bank, wait_for_all
from labapp.grade.checks.told import see_alerts, see_log
from labapp.grade.looking import counted
from labapp.grade.manifest import CATALOGUE
from labapp.grade.trial import Trial

#: Seconds. In lockstep all wait alike, within half of one; with jitter's whole seconds the waits of
#: twenty differ by one at least.
SPREAD = 0.7


def check(trial: Trial) -> None:
    """Lay all payments into the queue, then let a worker loose on them, and see how each ends."""
    shutil.copyfile(CATALOGUE / "06_unhandled_exceptions/broken/bank.py", trial.folder / "bank.py")
    orders = draw(trial)
    trial.start(workers=0)
    told_to_bank(trial, orders)
    if not is_accepted(trial, orders):
        trial.end()
    # One slot: with two, a retry after 0 s can end before the first run has written RETRY over it.
    trial.add_worker(concurrency=1)
    passes_by(trial, orders)
    records = wait_for_all(trial, orders)
    states = {order: record["status"] for order, record in records.items()}
    see_crowd(trial, orders, records)
    see_final(trial, orders, states)
    see_alerts(trial, orders)
    see_log(trial, orders)


def is_accepted(trial: Trial, orders: Orders) -> bool:
    """Each payment is accepted, and waits: nobody has called the bank yet."""
    asked = [orders.hopeless, *orders.crowd, *orders.refused, *orders.good]
    with httpx.Client(base_url=trial.stack.url, trust_env=False, timeout=4.0) as web:
        codes = []
        for order in asked:
            codes.append(_pay(trial, orders, order, web))
            if codes[-1] != 202:
                break
    accepted = trial.require(
        "A payment is accepted",
        set(codes) == {202},
        expected=202,
        seen=", ".join(str(code or "no answer") for code in sorted(set(codes))),
        diagnosis="wrong-result",
    )
    redis = trial.stack.redis.client()
    called = sum(redis.llen(f"calls:{order}") > 0 for order in asked)
    return accepted & trial.require(
        "Without a worker nobody calls the bank",
        not called,
        expected="0 calls",
        seen="some calls" if called else "0 calls",
        diagnosis="wrong-result",
    )


def _pay(trial: Trial, orders: Orders, order: int, web: httpx.Client | None = None) -> int:
    """Pay one order, over a connection that stays where there are many; 0 where no answer comes."""
    asked = {"order": order, "cents": trial.draw.randint(100, 99_999)}
    try:
        got = web.post("/payments", json=asked) if web else trial.post("/payments", asked)
        told = got.json() if isinstance(got, httpx.Response) else got.json
    except (httpx.TransportError, ValueError):
        return 0
    orders.ids[order] = str(told.get("task_id", "")) if isinstance(told, dict) else ""
    return got.status_code if isinstance(got, httpx.Response) else got.status


def passes_by(trial: Trial, orders: Orders) -> None:
    """While the crowd waits for its next attempt, another payment goes through."""
    redis = trial.stack.redis.client()
    trial.eventually(lambda: redis.llen(f"calls:{orders.crowd[1]}"), 2.0)
    _pay(trial, orders, orders.late)
    through = trial.eventually(lambda: redis.hget("receipts", str(orders.late)), 3.0)
    if not trial.require(
        "Other payments do not wait for the busy ones",
        through,
        expected="paid at once",
        seen="paid at once" if through else "waiting",
        diagnosis="slots-held",
    ):
        trial.end()


def see_crowd(trial: Trial, orders: Orders, records: dict[int, dict[str, Any]]) -> None:
    """Who the bank was too busy for is asked again, spread, and ends with a receipt."""
    redis = trial.stack.redis.client()
    states = {order: record["status"] for order, record in records.items()}
    paid = [*orders.crowd, *orders.good, orders.late]
    calls = {order: [float(t) for t in redis.lrange(f"calls:{order}", 0, -1)] for order in paid}
    receipts = redis.hgetall("receipts")
    has = {o: str(o) in receipts and records[o]["result"] == receipts[str(o)] for o in paid}
    right = sum(states[order] == "SUCCESS" and has[order] for order in paid)
    empty = any(states[order] == "SUCCESS" and not has[order] for order in paid)
    enough = sum(len(calls[order]) == 3 for order in orders.crowd)
    most = max(len(calls[order]) for order in orders.crowd)
    trial.require(
        "Every payment that the bank takes ends with its receipt",
        right == len(paid),
        expected=f"{len(paid)} SUCCESS, {len(paid)} receipts",
        seen=f"{counted([states[order] for order in paid])}, {right} receipts",
        diagnosis="swallowed" if empty else _why_unpaid(orders, states, most),
    )
    looked = [*trial.draw.sample(orders.crowd, 2), orders.good[0]]
    if right == len(paid):
        shown = [trial.get(f"/payments/{orders.ids[order]}").get("receipt") for order in looked]
        told = sum(one == receipts.get(str(o)) for one, o in zip(shown, looked, strict=True))
        trial.require(
            "The page shows the receipt",
            told == len(looked),
            expected=f"{len(looked)} of {len(looked)}",
            seen=f"{told} of {len(looked)}",
            diagnosis="wrong-result",
        )
    if not trial.require(
        "A busy bank is asked again",
        enough == CROWD,
        expected=f"{CROWD} asked three times",
        seen=f"{enough} asked three times",
        diagnosis=_why_unpaid(orders, states, most),
    ):
        return
    # From the first attempt on, so that a slow machine's queue counts for nothing; without the
    # two least and the two most, so that one hiccup makes no spread.
    waits = sorted(calls[order][2] - calls[order][0] for order in orders.crowd)[2:-2]
    spread = waits[-1] - waits[0]
    trial.require(
        "Those who failed together do not come back together",
        spread > SPREAD,
        expected="spread",
        seen="spread" if spread > SPREAD else "all at once",
        detail=f"first to third attempt: {waits[0]:.1f} to {waits[-1]:.1f} s",
        diagnosis="lockstep",
    )


def _why_unpaid(orders: Orders, states: dict[int, str], calls: int) -> str:
    if any(states[order] == "FAILURE" for order in orders.good):
        return "wrong-result"
    if calls <= CALLS and any(states[order] == "RETRY" for order in orders.crowd):
        return "waits-too-long"
    if calls == 2:
        return "gave-up-too-soon"
    return "not-retried" if calls < 2 else "wrong-result"


def see_final(trial: Trial, orders: Orders, states: dict[int, str]) -> None:
    """A refusal is final at once, a busy bank after two retries; both end in FAILURE."""
    redis = trial.stack.redis.client()
    refused = [states[order] for order in orders.refused]
    asked = max(int(redis.llen(f"calls:{order}")) for order in orders.refused)
    trial.require(
        "A refused payment ends in FAILURE",
        set(refused) == {"FAILURE"},
        expected="2 FAILURE",
        seen=counted(refused),
        diagnosis=_why_not_failed(refused, asked),
    )
    trial.require(
        "The bank is not asked again after a no",
        asked == 1,
        expected="1 call",
        seen="1 call" if asked == 1 else f"{asked} calls",
        diagnosis="final-retried",
    )
    calls = int(redis.llen(f"calls:{orders.hopeless}"))
    state = states[orders.hopeless]
    trial.require(
        "Two retries, and then it is given up",
        calls == CALLS and state == "FAILURE",
        expected=f"{CALLS} calls, FAILURE",
        seen=f"{calls if calls <= CALLS else 'more'} calls, {state}",
        diagnosis=_why_hopeless(calls, state),
    )


def _why_not_failed(states: list[str], asked: int) -> str:
    if "SUCCESS" in states:
        return "swallowed"
    return "final-retried" if asked > 1 or "RETRY" in states else "no-state"


def _why_hopeless(calls: int, state: str) -> str:
    if calls > CALLS or (calls == CALLS and state == "RETRY"):
        return "too-many-retries"
    if state == "SUCCESS":
        return "swallowed"
    if state == "RETRY":
        return "waits-too-long"
    return "not-retried" if calls < 2 else "gave-up-too-soon"
