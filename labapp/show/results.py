"""What watch() takes: Celery's results, however they are nested, and what they say at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from celery.result import EagerResult, ResultBase

from labapp.display import clean
from labapp.live import TaskState
from labapp.live.state import IGNORED, read_state

UNNAMED = "task"


def label_of(result: Any, number: int) -> str:
    """``thumbnails``, or ``thumbnails 3`` among many; never the id, which no two runs share."""
    name = clean(getattr(result, "task_name", "") or UNNAMED, 60)
    return f"{name} {number}" if number else name


def first_state(result: Any) -> TaskState:
    """What is known of a task before its store is asked."""
    if isinstance(result, EagerResult):
        record = {"status": result.state, "result": result.result}
        return read_state(result.id, record, None)
    if getattr(result, "ignored", False):
        return TaskState(result.id, IGNORED, message="Its result is ignored: nothing is stored.")
    return TaskState(result.id)


def single_results(x: Any) -> Iterator[Any]:
    """The single results in x, however they are nested."""
    parts = getattr(x, "results", None)
    if isinstance(x, ResultBase) and parts is None:
        yield x
    elif isinstance(x, str | bytes) or not hasattr(parts or x, "__iter__"):
        raise TypeError(
            f"watch() shows an AsyncResult or a list of them, not {type(x).__name__}. "
            "For a task id: watch(AsyncResult(task_id, app=app))."
        )
    else:
        for part in x if parts is None else parts:
            yield from single_results(part)
