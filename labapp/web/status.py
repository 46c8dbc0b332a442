"""What is known of a task right now: state, a sentence, and its result or progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import Celery, states

from labapp.progress import Progress, read_progress
from labapp.tasks.ledger import redis_client
from labapp.web.answers import cut, jsonable, shortened

SENTENCES = {
    states.PENDING: "Waiting for a worker.",
    states.RECEIVED: "A worker has it.",
    states.STARTED: "Running.",
    states.SUCCESS: "Done.",
    states.REVOKED: "Revoked: it does not run.",
}

LONGEST_STATE = 100

Status = dict[str, Any]


def read_status(celery: Celery, task_id: str) -> Status:
    """The status of one task, in one look at the backend."""
    return read_statuses(celery, [task_id])[0]


def read_statuses(celery: Celery, task_ids: Sequence[str]) -> list[Status]:
    """The status of each task, in the order asked for, in one look at the backend."""
    if not task_ids:
        return []
    backend = celery.backend
    # Past Celery's cache of results: what Redis no longer holds is not shown as if it did.
    keys = [backend.get_key_for_task(task_id) for task_id in task_ids]
    stored: Any = redis_client(celery).mget(keys)
    return [_status(backend, payload) for payload in stored]


def _status(backend: Any, payload: bytes | None) -> Status:
    if payload is None:
        return describe(states.PENDING, None)
    try:
        meta = backend.decode_result(payload)
        return describe(str(meta["status"]), meta.get("result"))
    except Exception as error:
        # Anything may stand in a backend, update_state(state="FAILURE", meta={...}) for one.
        text = f"Its result cannot be read ({type(error).__name__}: {error})"
        return {"state": _state_in(backend, payload), "status": cut(text)}


def _state_in(backend: Any, payload: bytes) -> str:
    """The state's name where the rest of the meta makes no sense."""
    try:
        return str(backend.decode(payload)["status"])[:LONGEST_STATE]
    except Exception:
        return "UNKNOWN"


def describe(state: str, result: object) -> Status:
    """The JSON of a task in `state`; `result` is a value, an exception or a progress meta."""
    state = state[:LONGEST_STATE]
    status: Status = {"state": state, "status": SENTENCES.get(state, f"State {state}.")}
    if state == states.SUCCESS:
        status["result"] = jsonable(result)
    elif state == states.FAILURE:
        status["status"] = f"Failed: {_error_text(result)}"
    elif state == states.RETRY:
        status["status"] = f"Will be tried again after {_error_text(result)}"
    elif state not in SENTENCES and (progress := read_progress(result)):
        status["status"] = _how_far(progress)
        status["progress"] = progress.as_meta()
    return status


def _how_far(progress: Progress) -> str:
    total = "" if progress.total is None else f" of {progress.total:g}"
    return f"Running: {progress.current:g}{total} {progress.message}".rstrip()


def _error_text(error: object) -> str:
    if not isinstance(error, BaseException):
        return shortened(error)
    try:
        return cut(f"{type(error).__name__}: {error}")
    except Exception:
        return cut(type(error).__name__)
