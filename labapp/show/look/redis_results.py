"""What a Redis result store holds: states and results with their time to live."""

from __future__ import annotations

import json
from typing import Any

from labapp.show.look.budget import Budget
from labapp.show.look.meanings import RESULT
from labapp.show.look.messages import as_text
from labapp.show.look.redis_reader import Reader, Scan


def read_results(backend: Any, reader: Reader, scan: Scan, budget: Budget) -> dict[str, Any]:
    """The newest results, as far as their time to live tells, and how many there are."""
    prefix: bytes = _bytes(backend.task_keyprefix)
    keys = [k for k, kind in scan.types.items() if kind == "string" and k.startswith(prefix)]
    aged = sorted(
        zip(reader.lives(keys), keys, strict=True),
        key=lambda pair: float("inf") if pair[0] is None else pair[0],
        reverse=True,
    )[: budget.keys]
    shown = [key for _, key in aged]
    sizes, values = reader.lengths(shown, "string"), reader.values(shown)
    rows = [
        {
            "key": key.decode("utf-8", "backslashreplace"),
            "id": key.removeprefix(prefix).decode("utf-8", "backslashreplace"),
            "seconds_left": life,
            "size": size,
            **_read(value),
        }
        for (life, key), size, value in zip(aged, sizes, values, strict=True)
        if size
    ]
    return {
        "says": RESULT,
        "count": len(keys),
        "kept": rows,
        "left_out": max(0, len(keys) - len(rows)),
    }


def _read(value: bytes | None) -> dict[str, Any]:
    """State, task name and result of a stored result; a note where it cannot be read."""
    found: dict[str, Any] = {"state": None, "task": None, "result": None, "note": ""}
    if value is None:
        return found | {"note": "Not opened: it is too large."}
    try:
        record = json.loads(value)
        return found | {
            "state": str(record["status"]),
            "task": record.get("name"),
            "result": record.get("result"),
        }
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return found | {"note": f"Not JSON, so not read: {as_text(value, 80)}"}


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()
