"""Starting tasks, asking for them, revoking them."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

from celery import Celery, states
from flask import Blueprint, abort, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from labapp.tasks.ledger import Ledger
from labapp.tasks.revocation import WAITING, revoke
from labapp.web.answers import answer
from labapp.web.arguments import ArgumentsError, KnownTask
from labapp.web.guard import refuse_cross_site
from labapp.web.status import read_status

blueprint = Blueprint("api", __name__)
logger = logging.getLogger(__name__)

UNKNOWN_ID = (
    "No task with this id is known. It was never sent by this app, or its result has been "
    "dropped since, or Redis has been restarted and came back empty."
)


@blueprint.route("/start_task", methods=["GET", "POST"])
def start_task() -> ResponseReturnValue:
    """Start the article's task; a JSON body may give its arguments."""
    if request.method == "HEAD":
        abort(405, description="HEAD starts no task: send GET or POST.")
    refuse_cross_site()
    arguments = _json_body() if request.method == "POST" else {}
    arguments.setdefault("task_id", str(uuid4()))
    return _send(_known_task("long_running_task"), arguments)


@blueprint.get("/task_status/<task_id>")
def task_status(task_id: str) -> ResponseReturnValue:
    """Tell the state of a task, and its result or progress."""
    must_be_known(task_id)
    return answer(read_status(_celery(), task_id), "task.html")


@blueprint.get("/tasks")
def list_tasks() -> ResponseReturnValue:
    """List the tasks that may be started, with what they take."""
    return jsonify({"tasks": [task.describe() for task in _known_tasks().values()]})


@blueprint.post("/tasks/<name>")
def create_task(name: str) -> ResponseReturnValue:
    """Start a task; the JSON body is its arguments by name."""
    return _send(_known_task(name), _json_body())


@blueprint.delete("/tasks/<task_id>")
def revoke_task(task_id: str) -> ResponseReturnValue:
    """Revoke a task; with `?terminate=true` a running one is ended as well."""
    must_be_known(task_id)
    terminate = request.args.get("terminate", "").lower() in {"1", "true", "yes"}
    celery = _celery()
    before, state = revoke(
        celery, task_id, lambda: str(read_status(celery, task_id)["state"]), terminate
    )
    status = 200 if state in states.READY_STATES else 202
    return jsonify({"state": state, "status": _what_revoking_does(before, terminate)}), status


def _what_revoking_does(before: str, terminate: bool) -> str:
    if before in states.READY_STATES:
        return f"It had already ended with {before}: nothing is left to stop."
    if before in WAITING:
        return "Revoked before it ran: the worker will pass it over."
    if terminate:
        return "It runs, and the worker is told to end the process that runs it."
    return "It runs already and goes on to its end; ?terminate=true would end its process."


def _send(known: KnownTask, arguments: dict[str, Any]) -> ResponseReturnValue:
    try:
        checked = known.check(arguments)
    except ArgumentsError as error:
        return jsonify({"error": "These arguments do not fit.", "errors": error.errors}), 422
    # Celery swallows what goes wrong in the ledger's signal handler; asked first, it is a 503.
    _ledger().ping()
    sent = known.task.apply_async(kwargs=checked)
    location = url_for("api.task_status", task_id=sent.id)
    return jsonify({"task_id": sent.id}), 202, {"Location": location}


def _json_body() -> dict[str, Any]:
    """The JSON object in the body; no body at all means no arguments."""
    if not request.get_data(cache=True):
        return {}
    if not request.is_json:
        abort(415, "Send the arguments as JSON, with Content-Type: application/json.")
    try:
        body = request.get_json()
    except RecursionError:
        abort(400, "This JSON is nested too deeply.")
    except BadRequest:
        abort(400, 'The body is no valid JSON. Send an object of arguments, such as {"count": 24}.')
    if not isinstance(body, dict):
        abort(400, 'The body must be a JSON object of arguments, such as {"count": 24}.')
    return body


def _known_task(name: str) -> KnownTask:
    known = _known_tasks()
    if name not in known:
        names = ", ".join(known)
        abort(404, f"No task is called {name[:100]!r}. There are: {names}.")
    return known[name]


def must_be_known(task_id: str) -> None:
    """Answer 404 for an id that the ledger does not have."""
    if not _ledger().knows(task_id):
        abort(404, UNKNOWN_ID)


def _celery() -> Celery:
    return current_app.extensions["celery"]


def _ledger() -> Ledger:
    ledger: Ledger = current_app.extensions["ledger"]
    return ledger


def _known_tasks() -> dict[str, KnownTask]:
    known: dict[str, KnownTask] = current_app.extensions["tasks"]
    return known
