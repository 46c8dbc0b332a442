"""What an answer left in Redis and in its states, whatever it put in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def listed(redis: Any, key: str) -> list[str]:
    """The items of a list; none where something else stands there, or nothing."""
    return list(redis.lrange(key, 0, -1)) if redis.type(key) == "list" else []


def fields(redis: Any, key: str) -> dict[str, str]:
    """The fields of a hash; none where something else stands there, or nothing."""
    return dict(redis.hgetall(key)) if redis.type(key) == "hash" else {}


def counted(states: Sequence[str]) -> str:
    """``1 FAILURE, 4 SUCCESS``."""
    return ", ".join(f"{states.count(one)} {one}" for one in sorted(set(states)))
