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

SKIPPED = "SKIPPED"
"""A link of a chain that never runs: an earlier one did not end well."""

ENDED = "ENDED"
"""It is over, and whether well is not told: the parts of a chord that are only counted."""

# A result is kept as a short text, never as the object: 10,000 followed tasks stay small.
TEXT_LIMIT = 2_000
LONGEST_STATE = 100
_OVER = states.READY_STATES | {IGNORED, SKIPPED, ENDED}
# These carry no progress: an exception, a result, or where the task runs.
_WITHOUT_PROGRESS = {states.PENDING, states.STARTED, states.SUCCESS} | states.EXCEPTION_STATES


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task's newest state: Celery's own name for it, a custom one, or ``UNKNOWN``.

    ``percent`` is 0 to 100, or None if the task has not said how far it is. ``text`` is the
    result, or the exception in its own words; ``length`` says how many characters the whole has
    where ``text`` is only its beginning, -1 where that is not known. ``due`` is when it starts or
    tries again, in Unix seconds; it, ``worker`` and ``retries`` are told by events alone. All text
    comes from the task and is not escaped.
    """

    id: str
    state: str = states.PENDING
    current: float | None = None
    total: float | None = None
    percent: float | None = None
    message: str = ""
    text: str = ""
    name: str = ""
    length: int = 0
    worker: str = ""
    retries: int = 0
    due: float | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing more will come: it has ended, well or not, or tells nothing."""
        return self.state in _OVER

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
    name = short(meta.get("name") or "")[0]
    if state in states.EXCEPTION_STATES:
        text, length = _own_words(result, backend)
        return TaskState(task_id, state, text=text, length=length, name=name)
    if state == states.SUCCESS:
        text, length = short(result)
        return TaskState(task_id, state, text=text, length=length, name=name)
    if state in _WITHOUT_PROGRESS:
        return TaskState(task_id, state, name=name)
    progress = read_progress(result)
    if progress is None:
        text, length = short(result)
        return TaskState(task_id, state, message=text, length=length, name=name)
    return TaskState(
        task_id,
        state,
        current=_number(progress.current),
        total=_number(progress.total),
        percent=_percent(progress.percent),
        message=short(progress.message or "")[0],
        name=name,
    )


def _own_words(result: Any, backend: Any) -> tuple[str, int]:
    """``ValueError: no such file``, from an exception as the store keeps it."""
    if isinstance(result, Mapping):
        kind = str(result.get("exc_type") or "Exception")
        try:
            # Celery's own way back to an exception: it may refuse, and it may run an __init__.
            words = str(backend.exception_to_python(dict(result)))
        except Exception:
            words = short(result.get("exc_message", ""))[0]
    elif isinstance(result, BaseException):
        kind, words = type(result).__name__, str(result)
    else:
        return short(result)
    return short(f"{kind}: {words}" if words else kind)


def short(value: Any) -> tuple[str, int]:
    """A value as text, cut; and the length of the whole where it was cut, -1 if not known."""
    if value is None:
        return "", 0
    if isinstance(value, str):
        return value[:TEXT_LIMIT], len(value) if len(value) > TEXT_LIMIT else 0
    text = saferepr(value, maxlen=TEXT_LIMIT)
    # saferepr stops near its limit, and says so by dots of its own.
    return text[:TEXT_LIMIT], -1 if len(text) >= TEXT_LIMIT else 0


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _percent(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else min(100.0, max(0.0, number))
