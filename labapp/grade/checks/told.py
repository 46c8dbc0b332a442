"""Who the check of 06 looks at last: the person who is alerted, and whoever reads the log."""

from __future__ import annotations

from typing import Any

from labapp.grade.checks.payments import Orders
from labapp.grade.looking import listed
from labapp.grade.trial import Trial


def see_alerts(trial: Trial, orders: Orders) -> None:
    """One alert for each payment that ended without money, and none beside."""
    redis: Any = trial.stack.redis.client()
    trial.eventually(lambda: redis.llen("alerts") >= len(orders.final), 1.0)
    alerts = listed(redis, "alerts")
    about = {o: sum(_names(alert, orders.ids[o], o) for alert in alerts) for o in orders.final}
    full = sum(count == 1 for count in about.values())
    more = len(alerts) > len(orders.final)
    trial.require(
        "A person is told of each payment without money",
        len(alerts) >= len(orders.final) and (full == len(orders.final) or more),
        expected=f"{len(orders.final)} alerts",
        seen=f"{min(len(alerts), len(orders.final))} alerts",
        detail=_untold(orders, about),
        diagnosis=_why_untold(orders, alerts),
    )
    trial.require(
        "Nobody is told of anything else, or twice",
        not more and all(count <= 1 for count in about.values()),
        expected="no more",
        seen="more" if more else "no more",
        diagnosis="cried-wolf",
    )
    if alerts and not more:
        trial.require(
            "Each alert names order and task",
            full == len(alerts),
            expected=f"{len(alerts)} of {len(alerts)}",
            seen=f"{full} of {len(alerts)}",
            diagnosis="no-task-id",
        )


def _untold(orders: Orders, about: dict[int, int]) -> str:
    """Which kinds of payment no alert names; empty when each has one."""
    kinds = {
        "stayed busy" if order == orders.hopeless else "was refused"
        for order, alerts in about.items()
        if not alerts
    }
    return f"no alert names what {' or '.join(sorted(kinds))}" if kinds else ""


def _names(alert: str, task_id: str, order: int) -> bool:
    return bool(task_id) and task_id in alert and str(order) in alert


def _why_untold(orders: Orders, alerts: list[str]) -> str:
    if not alerts:
        return "nobody-told"
    if len(alerts) >= len(orders.final):
        return "no-task-id"
    told = any(_names(alert, orders.ids[orders.hopeless], orders.hopeless) for alert in alerts)
    return "nobody-told" if told else "gave-up-silently"


def see_log(trial: Trial, orders: Orders) -> None:
    """For each refusal the log says what the bank said, in a line that has the task's id."""
    lines = trial.stack.workers["late"].logs(2000)
    ids = [orders.ids[order] for order in orders.refused]
    told = sum(any(one in line and orders.reason in line for line in lines) for one in ids)
    trial.require(
        "The log names the task with what the bank said",
        told == len(ids),
        expected=f"{len(ids)} of {len(ids)}",
        seen=f"{told} of {len(ids)}",
        diagnosis="not-in-the-log",
    )
