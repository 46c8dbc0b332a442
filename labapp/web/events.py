"""Server-sent events: what tasks do, pushed to whoever keeps a request open.

`GET /tasks/<id>/events` tells of one task and ends after its final state. `GET /events` tells of
the tasks sent last, then of each new one, and of the app's health. An event is

    event: task     data: what /task_status/<id> says, with "task_id" (jobs.py)
    event: health   data: what /healthz says; of one task only when Redis goes away or comes back

A stream begins with how things stand, so nothing is missed between two of them. The reader's
`Last-Event-ID` only continues the count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ServiceUnavailable

from labapp.tasks.ledger import Ledger
from labapp.web.api import must_be_known
from labapp.web.hub import Hub
from labapp.web.streams import Event, Stream, TooManyStreamsError

blueprint = Blueprint("events", __name__)

RETRY = 1000
"""Milliseconds after which a browser opens a stream again that broke."""
COMMENT_EVERY = 15.0
"""Seconds between two comments: they keep proxies from cutting a stream where nothing happens."""
LOOK_EVERY = 1.0
"""Seconds between two looks whether the client has gone, where the server can tell."""
LONGEST_LIFE = 300.0
"""Seconds after which a stream ends and the browser opens another. JupyterLab's proxy keeps its
end open for hours when the page behind it has gone."""
LONGEST_PAGE = 64
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@blueprint.get("/events")
def events() -> ResponseReturnValue:
    """Stream what the recent tasks do; `?page=` names the one stream that a page has."""
    _ledger().ping()
    return _answer(None)


@blueprint.delete("/events")
def end_events() -> ResponseReturnValue:
    """End the stream that `?page=` names: a page says so as it goes away."""
    _hub().close_page(_page())
    return "", 204


@blueprint.get("/tasks/<task_id>/events")
def task_events(task_id: str) -> ResponseReturnValue:
    """Stream what one task does, until it has ended."""
    must_be_known(task_id)
    return _answer(task_id)


def _answer(task_id: str | None) -> Response:
    try:
        stream = _hub().open(task_id, _page())
    except TooManyStreamsError as error:
        raise ServiceUnavailable(str(error), retry_after=5) from None
    # waitress tells of a client that has gone only where it reads ahead; other servers notice as
    # they write, which the comments make them do.
    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    answer = Response(
        write(stream, gone, _count_so_far()), mimetype="text/event-stream", headers=HEADERS
    )
    # Not in the generator: one that was never begun, as for HEAD, has no end either.
    hub = _hub()
    answer.call_on_close(lambda: hub.close(stream))
    return answer


def write(stream: Stream, gone: Callable[[], bool], count: int = 0) -> Iterator[str]:
    """The text of a stream as it arises; `count` is the number of the event before the first."""
    yield f"retry: {RETRY}\n\n"
    now = time.monotonic()
    comment_at, end_at = now + COMMENT_EVERY, now + LONGEST_LIFE
    while now < end_at and not stream.ended and not gone():
        event = stream.take(min(LOOK_EVERY, max(0.0, comment_at - now)))
        if event is not None:
            count += 1
            yield text_of(event, count)
            if event.final and stream.task_id is not None:
                return
        now = time.monotonic()
        if now >= comment_at:
            comment_at = now + COMMENT_EVERY
            yield ": still here\n\n"


def text_of(event: Event, number: int) -> str:
    """One event as it goes over the line; its data is JSON in ASCII and so has no line breaks."""
    return f"event: {event.name}\nid: {number}\ndata: {event.data}\n\n"


def _count_so_far() -> int:
    last = request.headers.get("Last-Event-ID", "")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 16 else 0


def _page() -> str:
    return request.args.get("page", "")[:LONGEST_PAGE]


def _hub() -> Hub:
    hub: Hub = current_app.extensions["streams"]
    return hub


def _ledger() -> Ledger:
    ledger: Ledger = current_app.extensions["ledger"]
    return ledger
