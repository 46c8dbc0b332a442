"""What goes wrong, as a status and a plain sentence; never a traceback, never an address."""

from __future__ import annotations

import builtins

from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from kombu.exceptions import LimitExceeded, OperationalError
from redis.exceptions import AuthenticationError, RedisError, ResponseError, TimeoutError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    ServiceUnavailable,
)

from labapp.tasks.ledger import NoRedisError
from labapp.web.answers import answer

UNREACHABLE = (OperationalError, LimitExceeded, RedisError)
"""What is raised where broker or backend cannot do their part."""

AWAY = "Redis does not answer, so nothing can be queued or looked up. Try again in a moment."
SLOW = "Redis takes too long to answer. Try again in a moment."
PASSWORD = "Redis wants another password than REDIS_URL gives."  # noqa: S105
REFUSES = "Redis answers, but refuses the work. Its log says why."


def init_app(app: Flask) -> None:
    """Answer every error in the form that was asked for."""
    for error in UNREACHABLE:
        app.register_error_handler(error, _unreachable)
    app.register_error_handler(NoRedisError, _misconfigured)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def why(error: BaseException) -> str:
    """One sentence on what is the matter with Redis."""
    # kombu wraps what the client library raised; the first cause tells the cases apart.
    while cause := error.__cause__ or error.__context__:
        error = cause
    for kinds, sentence in (
        (AuthenticationError, PASSWORD),
        (ResponseError, REFUSES),
        ((TimeoutError, builtins.TimeoutError, LimitExceeded), SLOW),
    ):
        if isinstance(error, kinds):
            return sentence
    return AWAY


def _unreachable(error: Exception) -> ResponseReturnValue:
    current_app.logger.warning("503: %s (%s)", why(error), type(error).__name__)
    return _say("Service unavailable", why(error), 503)


def _misconfigured(error: Exception) -> ResponseReturnValue:
    return _say("Not set up", str(error), 500)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    said = current_app.make_response(
        _say(error.name, error.description or error.name, error.code or 500)
    )
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        said.allow.update(error.valid_methods)
    if isinstance(error, ServiceUnavailable) and error.retry_after:
        said.retry_after = error.retry_after
    return said


def _unexpected(error: Exception) -> ResponseReturnValue:
    current_app.logger.exception("An error that nobody thought of")
    return _say(InternalServerError().name, "Something went wrong; the app's log says what.", 500)


def _say(name: str, sentence: str, status: int) -> ResponseReturnValue:
    return answer({"error": sentence, "name": name}, "error.html", status)
