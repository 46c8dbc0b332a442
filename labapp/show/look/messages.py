"""A message opened: envelope, headers, body; what cannot be opened is shown as what it is.

Nothing here trusts what it reads. Pickle is never read, and nothing is unpacked: what is not plain
JSON is text or bytes.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

LARGEST = 1 << 20
"""Bytes of a message that is still opened."""
JSON = ("application/json", "")
PICKLE = "application/x-python-serialize"

Message = dict[str, Any]


def open_message(raw: bytes) -> Message:
    """What a list of a queue holds, as plain data; ``note`` says what could not be opened, and why.

    Keys: id, task, args, kwargs, embed, headers, properties, content_type, encoding, body, text,
    note, size (bytes). ``body`` is what the message carries, None where it is not opened; ``text``
    is then a piece of it as it lies there.
    """
    message: Message = {**_EMPTY, "size": len(raw), "text": as_text(raw)}
    if len(raw) > LARGEST:
        return message | {"note": f"Not opened: it has {len(raw):,} bytes."}
    try:
        return message | open_envelope(json.loads(raw)) | {"size": len(raw)}
    except (ValueError, RecursionError):
        return message | {"note": "This is no message of Celery's: it is not JSON, or too deep."}


def open_envelope(envelope: Any) -> Message:
    """As ``open_message``, of an envelope that has been read."""
    if not isinstance(envelope, dict) or "body" not in envelope:
        return {**_EMPTY, "note": "This is no message of Celery's: it has no body."}
    headers, properties = _dict(envelope.get("headers")), _dict(envelope.get("properties"))
    content_type = str(envelope.get("content-type") or "")
    message: Message = {
        **_EMPTY,
        "headers": headers,
        "properties": properties,
        "content_type": content_type,
        "encoding": str(properties.get("body_encoding") or "none"),
    }
    data, note = _unwrapped(envelope["body"], message["encoding"])
    compression = headers.get("compression")
    if not note and compression:
        note = f"Compressed ({compression!s:.60}), so not opened."
    elif not note and content_type == PICKLE:
        note = "Pickle: to read it is to run whatever code it holds, so it is not opened."
    elif not note and content_type not in JSON:
        note = f"Not JSON ({content_type:.60}), so not read."
    message["text"] = as_text(data)
    if not note:
        try:
            message["body"] = json.loads(data)
        except (ValueError, RecursionError):
            note = "It says that it is JSON and cannot be read as such."
    return message | {"note": note} | _task(message["headers"], message["body"])


def as_text(data: bytes, limit: int = 400) -> str:
    """A piece of it as text; bytes that are none are written as in Python."""
    piece = data[: 4 * limit]
    return piece.decode("utf-8", "backslashreplace")[:limit] + ("…" if len(data) > limit else "")


def _unwrapped(body: Any, encoding: str) -> tuple[bytes, str]:
    """The body's bytes, and what was wrong with their wrapping."""
    text = body if isinstance(body, str) else json.dumps(body)
    data = text.encode("utf-8", "surrogatepass")
    if encoding != "base64":
        return data, ""
    try:
        return base64.b64decode(data, validate=True), ""
    except binascii.Error:
        return data, "It says that it is base64 and is not."


def _task(headers: dict[str, Any], body: Any) -> Message:
    """Name, id and arguments; of protocol 2 from headers and body, of protocol 1 from the body."""
    if "task" in headers:
        args, kwargs, embed = body if isinstance(body, list) and len(body) == 3 else (None,) * 3
        found: Message = {"id": headers.get("id"), "task": headers["task"]}
    elif isinstance(body, dict) and "task" in body:
        args, kwargs, embed = body.get("args"), body.get("kwargs"), None
        found = {"id": body.get("id"), "task": body["task"]}
    else:
        return {}
    if not _is_text(found["task"]) or not _is_text(found["id"]):
        return {}
    if isinstance(args, list) and isinstance(kwargs, dict):
        found |= {"args": args, "kwargs": kwargs, "embed": _dict(embed)}
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_EMPTY: Message = {
    "id": None,
    "task": None,
    "args": None,
    "kwargs": None,
    "embed": {},
    "headers": {},
    "properties": {},
    "content_type": "",
    "encoding": "",
    "body": None,
    "text": "",
    "note": "",
    "size": 0,
}
