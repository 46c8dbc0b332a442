"""What an answer looks like: JSON, and a page where a browser asks for one."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

LONGEST_TEXT = 2000
"""Characters of a text that comes from a task: an exception's words, a repr."""
LONGEST_ON_PAGE = 20_000

# Nothing is loaded from elsewhere, no script or style stands in a page itself, and only pages of
# this machine, a notebook for one, may show it in a frame of theirs.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
)


def init_app(app: Flask) -> None:
    """Give pages their helpers and every answer its headers."""
    app.add_template_global(home)
    app.add_template_filter(printable)
    app.add_template_filter(readable)
    app.after_request(_add_headers)


def wants_page() -> bool:
    """Whether the client prefers a page to JSON; one that takes anything gets JSON."""
    accepts = request.accept_mimetypes
    return accepts.quality("text/html") > accepts.quality("application/json")


def answer(data: dict[str, Any], template: str, status: int = 200) -> ResponseReturnValue:
    """Give `data` as JSON, or as the page that `template` makes of it."""
    if wants_page():
        return render_template(template, **data), status
    return jsonify(data), status


def home() -> str:
    """The relative way from this page to the first one, also behind a proxy's prefix."""
    return "../" * (request.path.count("/") - 1) or "./"


def printable(value: object) -> str:
    """Any text as one that a page can carry: JSON may hold halves of characters, UTF-8 not."""
    return cut(str(value), LONGEST_ON_PAGE).encode("utf-8", "replace").decode()


def readable(value: object) -> str:
    """A value for people to read: a text as it is, anything else as JSON over several lines."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def jsonable(value: object) -> Any:
    """The value if strict JSON can carry it, else its shortened repr."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return shortened(value)
    return value


def shortened(value: object) -> str:
    """A repr of bounded length that never fails."""
    try:
        return cut(repr(value))
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"


def cut(text: str, length: int = LONGEST_TEXT) -> str:
    """The text, or its first `length` characters and a note that says how many there were."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters in all)"


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype in {"text/html", "application/json"}:
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Accept")
    return response
