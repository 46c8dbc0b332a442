"""How much of a Redis is read: a look at a large one is as quick as at a small one."""

from __future__ import annotations

from dataclasses import dataclass

SCANNED = 10_000
"""Keys that are looked through; those that the app is known to use are found all the same."""
QUEUES = 20
"""Queues whose messages are opened."""
BYTES = 4 << 20
"""Of messages in one list, and of one result: beyond that it is counted and not read."""


@dataclass(frozen=True)
class Budget:
    """Messages opened of each queue, and keys listed of each kind."""

    messages: int
    keys: int
