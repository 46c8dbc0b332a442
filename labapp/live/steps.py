"""What each event, and each result, makes of a task: its tries, and the place where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labapp.live.events import count_in, due_in, number_in, text_in
from labapp.live.places import Places
from labapp.live.state import UNKNOWN, TaskState
from labapp.live.told import AGAIN, ENDED, FETCHED, QUEUED, RUNNING, UNACCOUNTED, Told, Try

_ENDS = {
    "task-succeeded": "succeeded",
    "task-failed": "failed",
    "task-revoked": "revoked",
    "task-rejected": "rejected",
}
_WAITS = (QUEUED, AGAIN, UNACCOUNTED)
_STATES = {"SUCCESS": "succeeded", "FAILURE": "failed", "REVOKED": "revoked"}


class Steps:
    """Takes tasks from place to place. For one thread at a time."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def take(self, kind: str, event: Mapping[str, Any], worker: str, now: float) -> None:
        """Take in one event of a task; ``now`` is its time where it tells none."""
        told = self._places.task(text_in(event, "uuid"))
        told.name = text_in(event, "name") or told.name
        told.root = text_in(event, "root_id") or told.root
        told.parent = text_in(event, "parent_id") or told.parent
        told.group = text_in(event, "group_id") or told.group
        at = number_in(event, "timestamp") or now
        if kind == "task-sent":
            self._sent(told, event, at)
        elif kind == "task-received":
            self._received(told, event, at, worker)
        elif kind == "task-started":
            self._started(told, event, at, worker)
        elif kind == "task-retried":
            self._retried(told, event, at, worker)
        elif kind in _ENDS:
            self._places.leave_slot(told, killed=event.get("terminated") is True)
            self.end(told, told.to_end(worker, _number(event)), _ENDS[kind], at, _words(event))
            told.last.worker = told.last.worker or worker

    def take_state(self, state: TaskState, now: float) -> bool:
        """Take in what the result store holds, where it says more; whether it did."""
        told = self._places.task(state.id)
        before = (told.place, told.percent, told.name)
        told.name = told.name or state.name
        told.percent = state.percent
        if told.place == ENDED or state.state in ("PENDING", "RECEIVED", UNKNOWN):
            return (told.place, told.percent, told.name) != before
        one = told.to_end("")
        if state.ready:
            one.by_result = True
            self.end(told, one, _STATES.get(state.state, "ended"), now, state.text)
        elif state.state == "RETRY":
            if told.place == RUNNING and not told.last.worker:
                one.ended, one.outcome, one.text = now, "retried", state.text
                self._places.move(told, AGAIN)
        elif told.place != RUNNING:
            if one.outcome:
                one = told.add(Try(one.number + 1))
            one.started, one.by_result = now, True
            self._places.move(told, RUNNING)
        return (told.place, told.percent, told.name) != before

    def end(self, told: Told, one: Try, outcome: str, at: float, words: str) -> None:
        """This try has ended, and its task with it."""
        one.ended, one.outcome, one.text = at, outcome, words
        self._places.leave_slot(told)
        self._places.move(told, ENDED, outcome)

    def _sent(self, told: Told, event: Mapping[str, Any], at: float) -> None:
        one = told.try_numbered(count_in(event, "retries"))
        one.sent, one.queue = at, text_in(event, "queue")
        one.sender = count_in(event, "pid") or None
        one.due = due_in(event) or one.due
        told.stored = event.get("ignore_result") is not True
        if told.place in _WAITS and one is told.last and one.received is None:
            self._places.wait(told, QUEUED, at)

    def _received(self, told: Told, event: Mapping[str, Any], at: float, worker: str) -> None:
        number = count_in(event, "retries")
        one = told.try_numbered(number)
        if one.received is not None:  # delivered once more: the one before was lost, or set free
            one = told.add(Try(number))
        one.received, one.worker = at, worker
        one.due = due_in(event)
        if told.place != RUNNING or one is not told.last:
            self._places.wait(told, FETCHED, at)

    def _started(self, told: Told, event: Mapping[str, Any], at: float, worker: str) -> None:
        number = _number(event)
        one = told.to_start(worker, number) or told.add(Try(number or told.last.number))
        one.by_result = False
        child = count_in(event, "child_pid") or None
        one.started, one.worker, one.child = at, worker, child
        one.queue = one.queue or text_in(event, "queue")
        self._places.run(told, one, child)

    def _retried(self, told: Told, event: Mapping[str, Any], at: float, worker: str) -> None:
        one = told.to_end(worker, _number(event))
        one.ended, one.outcome, one.text = at, "retried", _words(event)
        newest = told.last
        if newest is one:
            self._places.leave_slot(told)
            self._places.wait(told, AGAIN, at)
        elif newest.started is None and not newest.outcome:
            self._places.leave_slot(told)
            self._places.wait(told, FETCHED if newest.received is not None else QUEUED, at)
        # Else the next try is further already: this is only told late.


def _words(event: Mapping[str, Any]) -> str:
    return text_in(event, "exception") or text_in(event, "result")


def _number(event: Mapping[str, Any]) -> int | None:
    """Which try it is, where that is told."""
    return count_in(event, "retries") if "retries" in event else None
