"""The other keys: those that Celery and the kit keep, told by kind; somebody else's are counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from labapp.show.look.budget import Budget
from labapp.show.look.meanings import Family, family_of
from labapp.show.look.redis_broker import row_of
from labapp.show.look.redis_reader import Reader, Scan

MEMBERS = 8
"""Rows of a routing table that are shown."""


def read_keys(
    reader: Reader, scan: Scan, used: Collection[bytes], prefixes: Collection[str], budget: Budget
) -> tuple[list[dict[str, Any]], list[str]]:
    """Celery's and the kit's keys by kind, and the names of the others."""
    kinds: dict[Family, list[bytes]] = {}
    others: list[str] = []
    for key in sorted(scan.types):
        if key in used:
            continue
        family = family_of(_without(key, prefixes))
        if family is None:
            others.append(key.decode("utf-8", "backslashreplace"))
        else:
            kinds.setdefault(family, []).append(key)
    rows = [_row(reader, scan, family, keys) for family, keys in kinds.items()]
    return sorted(rows, key=lambda row: str(row["key"]))[: budget.keys], others


def _row(reader: Reader, scan: Scan, family: Family, keys: list[bytes]) -> dict[str, Any]:
    types = sorted({scan.types[key] for key in keys})
    lives = [life for life in reader.lives(keys) if life is not None]
    alone = len(keys) == 1
    return {
        "key": keys[0].decode("utf-8", "backslashreplace") if alone else family.label,
        "count": len(keys),
        "types": types,
        "size": sum(reader.lengths(keys, types[0])) if len(types) == 1 else None,
        "seconds_left": max(lives, default=None),
        "says": family.says,
        "holds": _bindings(reader, scan, keys) if "_kombu.binding" in family.label else [],
    }


def _bindings(reader: Reader, scan: Scan, keys: list[bytes]) -> list[str]:
    """Rows of routing tables: ``routing key -> queue``."""
    found: list[str] = []
    for key in keys:
        if scan.types[key] == "set" and len(found) < MEMBERS:
            rows = map(row_of, reader.members(key, MEMBERS - len(found)))
            found += [f"{routing_key or '(any)'} → {queue}" for routing_key, _, queue in rows]
    return found


def _without(key: bytes, prefixes: Collection[str]) -> str:
    text = key.decode("utf-8", "backslashreplace")
    fitting = [prefix for prefix in prefixes if prefix and text.startswith(prefix)]
    return text.removeprefix(max(fitting, key=len)) if fitting else text
