"""Celery's events as kombu frames them on Redis, read without trust.

A message is JSON around base64 around JSON. A worker sends what happened to tasks in batches: a
list under the routing key ``task.multi``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

LARGEST = 4_000_000
"""Bytes; a larger message is left unread: it would hold up everybody else's news."""


def read_events(data: bytes) -> list[dict[str, Any]]:
    """The events of one message; none where it is not what Celery sends. It never raises."""
    if len(data) > LARGEST:
        return []
    try:
        message = json.loads(data)
        if message.get("content-type") != "application/json":
            return []  # never unpickled
        body = message["body"]
        if (message.get("properties") or {}).get("body_encoding") == "base64":
            body = base64.b64decode(body)
        found = json.loads(body) if isinstance(body, str | bytes) else body
    except Exception:  # anybody who reaches the broker may publish anything
        return []
    events = found if isinstance(found, list) else [found]
    return [event for event in events if isinstance(event, dict)]


def text_in(event: Mapping[str, Any], key: str, limit: int = 300) -> str:
    """A text of an event, cut; nothing where it is another thing."""
    value = event.get(key)
    return value[:limit] if isinstance(value, str) else ""


def count_in(event: Mapping[str, Any], key: str) -> int:
    """A whole number of 0 or more, else 0."""
    value = event.get(key)
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0


def number_in(event: Mapping[str, Any], key: str) -> float | None:
    """A finite number, or None."""
    value = event.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -(2**53) < value < 2**53 else None


def due_in(event: Mapping[str, Any]) -> float | None:
    """The eta of a received task in Unix seconds; None without one, or without its timezone."""
    text = event.get("eta")
    if not isinstance(text, str):
        return None
    try:
        eta = datetime.fromisoformat(text)
        return eta.timestamp() if eta.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
