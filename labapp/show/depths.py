"""What Redis does not push: how long its queues are, and what was fetched and not acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""Endings of the lists that kombu keeps for the priorities of one queue."""
PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages in each queue, and unacknowledged ones, at one moment."""

    queues: dict[str, int] = field(default_factory=dict)
    unacked: int = 0


class Depths:
    """Reads them in one round trip; None where they cannot be read. For one thread."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Any = None
        self.reads = 0

    def read(self, queues: Iterable[str]) -> Depth | None:
        names = list(queues)
        if not self._address.startswith(("redis://", "rediss://", "valkey://")):
            return None
        try:
            pipe = self._connected().pipeline(transaction=False)
            for name in names:
                for ending in PRIORITIES:
                    pipe.llen(name + ending)
            pipe.hlen("unacked")
            self.reads += 1
            *lengths, unacked = pipe.execute()
        except Exception:  # Redis is away, or somebody keeps something else under that name
            self.close()
            return None
        step = len(PRIORITIES)
        sums = [sum(lengths[start : start + step]) for start in range(0, len(lengths), step)]
        return Depth(dict(zip(names, sums, strict=True)), unacked)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.close()

    def _connected(self) -> Any:
        if self._client is None:
            from labapp.lab.redis_part import connect

            self._client = connect(self._address, PATIENCE, socket_timeout=PATIENCE)
        return self._client
