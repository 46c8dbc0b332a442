"""One task as a reader sees it: plain data, made from what the result store holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from celery import states
from celery.utils.saferepr import saferepr

from labapp.progress import read_progress

UNKNOWN = "UNKNOWN"
"""The store has lost this task, or its record cannot be read; ``message`` says why."""

IGNORED = "IGNORED"
"""The task was sent with ``ignore_result``: nothing is stored, so nothing will ever be known."""

# A result is kept as a short text, never as the object: 10,000 followed tasks stay small.
TEXT_LIMIT = 2_000
LONGEST_STATE = 100
# These carry no progress: an exception, a result, or where the task runs.
_WITHOUT_PROGRESS = {states.PENDING, states.STARTED, states.SUCCESS} | states.EXCEPTION_STATES


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task's newest state: Celery's own name for it, a custom one, or ``UNKNOWN``.

    ``percent`` is 0 to 100, or None if the task has not said how far it is. ``text`` is the
    result, or the exception in its own words. All text comes from the task and is not escaped.
    """

    id: str
    state: str = states.PENDING
    current: float | None = None
    total: float | None = None
    percent: float | None = None
    message: str = ""
    text: str = ""
    name: str = ""

    @property
    def ready(self) -> bool:
        """Whether nothing more will come: it has ended, well or not, or tells nothing."""
        return self.state in states.READY_STATES or self.state == IGNORED

    def plain(self) -> dict[str, Any]:
        """The same as a dict of plain values."""
        return asdict(self)


def read_state(task_id: str, record: bytes | Mapping[str, Any] | None, backend: Any) -> TaskState:
    """What the store holds of a task, read with its own app's backend; it never raises.

    ``record`` is the stored bytes, or the meta that a polled backend has decoded already.
    """
    if not record:
        return TaskState(task_id)
    try:
        meta = record if isinstance(record, Mapping) else backend.decode(record)
        return _from_meta(task_id, meta, backend)
    except Exception as error:  # the record is somebody else's: it may be anything
        return TaskState(
            task_id, UNKNOWN, message=f"its record cannot be read ({type(error).__name__})"
        )


def _from_meta(task_id: str, meta: Mapping[str, Any], backend: Any) -> TaskState:
    state = str(meta["status"])[:LONGEST_STATE]
    result = meta.get("result")
    name = _short(meta.get("name") or "")
    if state in states.EXCEPTION_STATES:
        return TaskState(task_id, state, text=_own_words(result, backend), name=name)
    if state == states.SUCCESS:
        return TaskState(task_id, state, text=_short(result), name=name)
    if state in _WITHOUT_PROGRESS:
        return TaskState(task_id, state, name=name)
    progress = read_progress(result)
    if progress is None:
        return TaskState(task_id, state, message=_short(result), name=name)
    return TaskState(
        task_id,
        state,
        current=_number(progress.current),
        total=_number(progress.total),
        percent=_percent(progress.percent),
        message=_short(progress.message or ""),
        name=name,
    )


def _own_words(result: Any, backend: Any) -> str:
    """``ValueError: no such file``, from an exception as the store keeps it."""
    if isinstance(result, Mapping):
        kind = str(result.get("exc_type") or "Exception")
        try:
            # Celery's own way back to an exception: it may refuse, and it may run an __init__.
            words = str(backend.exception_to_python(dict(result)))
        except Exception:
            words = _short(result.get("exc_message", ""))
    elif isinstance(result, BaseException):
        kind, words = type(result).__name__, str(result)
    else:
        return _short(result)
    return _short(f"{kind}: {words}" if words else kind)


def _short(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else saferepr(value, maxlen=TEXT_LIMIT)
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "…"


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _percent(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else min(100.0, max(0.0, number))
