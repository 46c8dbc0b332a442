"""Messages as they lie in a queue: what a check may want to know of their bodies."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any


def body_of(raw: str | bytes) -> tuple[str, bytes] | None:
    """Content type and body of a message as it lies in the queue; None for anything else."""
    try:
        message = json.loads(raw)
        return message["content-type"], base64.b64decode(message["body"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None


def is_plain_json(kind: str, body: bytes) -> bool:
    """Whether it is Celery's [args, kwargs, options] in JSON, and no text in it hides a pickle."""
    try:
        told = json.loads(body)
    except ValueError:
        return False
    shaped = isinstance(told, list) and len(told) == 3
    return kind == "application/json" and shaped and not any(map(_is_pickle, texts(told)))


def texts(told: Any) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(told, dict):
        return [*told, *(text for value in told.values() for text in texts(value))]
    if isinstance(told, list):
        return [text for value in told for text in texts(value)]
    return [told] if isinstance(told, str) else []


def _is_pickle(text: str) -> bool:
    for decode in (base64.b64decode, bytes.fromhex):
        try:
            if decode(text)[:1] == b"\x80":
                return len(text) > 20
        except ValueError:
            continue
    return False
