"""Progress of a task: how it is reported, and the shapes in which other people report it.

A leaf: it imports Celery only once something is reported, and nothing else of the kit.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = [
    "INTERVAL",
    "STATE",
    "Progress",
    "finish",
    "read_progress",
    "report",
    "track",
    "whole_task",
]

T = TypeVar("T")

STATE = "PROGRESS"
INTERVAL = 0.05
"""Seconds between two reports of one task that are sent; what comes sooner is held back."""

LONGEST_MESSAGE = 500
LARGEST_NUMBER = 2**53
"""The last whole number that JSON readers in every language agree about."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is, whatever shape it was reported in."""

    current: float
    total: float | None = None
    message: str = ""

    @property
    def percent(self) -> int | None:
        """0 to 100, rounded down so that 100 means done; None while the total is not known."""
        if self.total is None:
            return None
        if self.current >= self.total:
            return 100
        return max(0, int(100 * self.current / self.total))

    def as_meta(self) -> dict[str, Any]:
        """The JSON that is stored as the meta of state PROGRESS."""
        return {
            "current": self.current,
            "total": self.total,
            "percent": self.percent,
            "message": self.message,
        }


def report(current: float, total: float | None = None, message: str = "") -> None:
    """Say how far the task is that runs this code; outside a task it does nothing.

    Reports that follow each other within 50 ms are held back and the newest one wins; a report
    with `current >= total` is sent at once.

    Raises `TypeError` or `ValueError` where `current` or `total` is no usable number.
    """
    progress = Progress(
        _checked("current", current),
        None if total is None else _checked("total", total),
        str(message)[:LONGEST_MESSAGE],
    )
    reporter = _reporter()
    if reporter is not None:
        reporter.report(progress)


def track(iterable: Iterable[T], total: float | None = None, message: str = "") -> Iterator[T]:
    """Go through an iterable and report after each item how many are done.

    `total` is taken from `len(iterable)` where it has one. The last report is always sent.
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    done = 0
    report(0, total, message)
    for item in iterable:
        yield item
        done += 1
        report(done, total, message)
    # A total that was announced wrong, or not at all, is put right by the count itself.
    if total is None or done != total or done == 0:
        report(done, done, message)
    reporter = _reporter()
    if reporter is not None:
        reporter.flush()


@contextmanager
def whole_task() -> Iterator[None]:
    """Around a task's code: as it returns, what is held back is sent, and nothing after that.

    For a task class, so that it is done before the result is stored; that of `labapp.tasks` does
    so. A task that is called inside another one, as a function, is a part of that one.
    """
    reporter = _reporter()
    outermost = reporter is not None and reporter.enter()
    yield
    if outermost:
        finish()


def finish() -> None:
    """Send what the running task still holds back; after this it sends nothing more."""
    reporter = _reporter()
    if reporter is not None:
        reporter.finish()


def read_progress(meta: object) -> Progress | None:
    """Understand what some task stored as its progress, or say None; it never raises.

    Known shapes: ours, `{"current", "total", "status"}`, and celery-progress's
    `{"pending", "current", "total", "percent", "description"}`.
    """
    if not isinstance(meta, Mapping):
        return None
    current = _number(meta.get("current"))
    total = _number(meta.get("total"))
    percent = _number(meta.get("percent"))
    if current is None and percent is not None:
        current, total = min(percent, 100), 100
    if current is None:
        return None
    texts = (meta.get(key) for key in ("message", "description", "status"))
    message = next((text for text in texts if isinstance(text, str) and text), "")
    return Progress(current, total, message[:LONGEST_MESSAGE])


class _Reporter:
    """Sends the progress of one run of one task; lives on the request of that run."""

    def __init__(self, task: Any, task_id: str) -> None:
        self._task = task
        self._task_id = task_id
        self._held: Progress | None = None
        self._last: Progress | None = None
        self._next_at = 0.0
        self._away = False
        self._entered = False
        self._finished = False

    def enter(self) -> bool:
        """Whether this is the first time, and not a task inside this one."""
        first, self._entered = not self._entered, True
        return first

    def report(self, progress: Progress) -> None:
        if self._finished:
            return
        if progress == self._last:
            self._held = None
            return
        if self._completes(progress) or time.monotonic() >= self._next_at:
            self._send(progress)
        else:
            self._held = progress

    def _completes(self, progress: Progress) -> bool:
        """Once for each total: beyond one announced too low, every report would be complete."""
        if progress.total is None or progress.current < progress.total:
            return False
        last = self._last
        return last is None or last.total != progress.total or last.current < progress.total

    def flush(self) -> None:
        if self._held is not None and not self._finished:
            self._send(self._held)

    def finish(self) -> None:
        self.flush()
        self._finished = True

    def _send(self, progress: Progress) -> None:
        from billiard.exceptions import SoftTimeLimitExceeded, Terminated

        self._held, self._last = None, progress
        try:
            self._task.update_state(task_id=self._task_id, state=STATE, meta=progress.as_meta())
        except (SoftTimeLimitExceeded, Terminated):
            raise
        except Exception as error:
            # The work matters more than the news of it: a backend that is away must not fail it.
            # Told once an outage, not twenty times a second.
            level = logging.DEBUG if self._away else logging.WARNING
            logger.log(level, "Progress of task %s was not stored: %s", self._task_id, error)
            self._away = True
        else:
            self._away = False
        self._next_at = time.monotonic() + INTERVAL


def _reporter() -> _Reporter | None:
    """The reporter of the task that runs now, None where nobody could read its reports."""
    from celery import current_task

    if not current_task:
        return None
    # What current_task stands for now: the proxy itself would follow a later task.
    task = current_task._get_current_object()
    request = task.request
    unstored = request.is_eager and not task.app.conf.task_store_eager_result
    if not request.id or request.ignore_result or unstored:
        return None
    reporter = getattr(request, "labapp_reporter", None)
    if reporter is None:
        reporter = request.labapp_reporter = _Reporter(task, request.id)
    return reporter


def _checked(name: str, value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"report(): {name} must be a number, not {type(value).__name__}")
    number = _number(value if isinstance(value, int | float) else float(value))
    if number is None:
        raise ValueError(f"report(): {name} must be 0 or more and finite, not {value!r:.50}")
    return number


def _number(value: object) -> float | None:
    """A finite number of 0 or more that JSON can carry, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if 0 <= value <= LARGEST_NUMBER else None
