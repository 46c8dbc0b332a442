"""Reads one Redis database without changing anything: SCAN, TYPE, lengths and pieces."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from labapp.show.look.budget import BYTES, SCANNED

PATIENCE = 2.0
"""Seconds before a server that does not answer is given up."""
AT_ONCE = 500
LENGTHS = {
    "list": "llen",
    "hash": "hlen",
    "set": "scard",
    "zset": "zcard",
    "string": "strlen",
    "stream": "xlen",
}


def connect(params: dict[str, Any]) -> Redis:
    """A client that answers or fails within seconds; keys and values come as bytes."""
    bounds = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    return Redis(**{**params, **bounds}, protocol=2, retry=Retry(NoBackoff(), 0))


@dataclass
class Scan:
    """The keys of a database with their types, and how many there are in all."""

    types: dict[bytes, str] = field(default_factory=dict)
    total: int = 0

    @property
    def left_out(self) -> int:
        """Keys that were not looked at."""
        return max(0, self.total - len(self.types))


class Reader:
    """One database; each method reads a bounded piece of it and skips keys of another type."""

    def __init__(self, client: Redis) -> None:
        self.client: Any = client

    def scan(self) -> Scan:
        """All keys, as far as the budget goes."""
        keys: dict[bytes, None] = {}
        for key in self.client.scan_iter(count=AT_ONCE):
            keys[key] = None
            if len(keys) >= SCANNED:
                break
        total = self.client.dbsize()
        return Scan(self.types(keys), max(total, len(keys)))

    def types(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """The type of each key that there is."""
        keys = list(keys)
        found = {}
        for key, kind in zip(keys, self._each("type", keys), strict=True):
            if isinstance(kind, bytes) and kind != b"none":
                found[key] = kind.decode()
        return found

    def lengths(self, keys: Sequence[bytes], kind: str) -> list[int]:
        """How many members each has; of strings, how many bytes."""
        command = LENGTHS.get(kind)
        if command is None:
            return [0] * len(keys)
        return [n if isinstance(n, int) else 0 for n in self._each(command, keys)]

    def lives(self, keys: Sequence[bytes]) -> list[float | None]:
        """Seconds that each has to live; None for ever."""
        found = self._each("pttl", keys)
        return [n / 1000 if isinstance(n, int) and n >= 0 else None for n in found]

    def messages(self, key: bytes, count: int) -> list[bytes]:
        """The messages of a list that are taken next, the next one first."""
        length = self.client.llen(key)
        with contextlib.suppress(RedisError):  # not every server, and not every user, may
            size = self.client.memory_usage(key, samples=5) or 0
            count = max(1, min(count, BYTES * length // max(size, 1)))
        return list(reversed(self.client.lrange(key, -count, -1))) if length else []

    def members(self, key: bytes, count: int) -> list[bytes]:
        """Some members of a set."""
        found: list[bytes] = []
        for member in self.client.sscan_iter(key, count=count):
            found.append(member)
            if len(found) >= count:
                break
        return found

    def values(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The strings; None for what is gone, of another type or too large."""
        sizes = self.lengths(keys, "string")
        small = [key for key, size in zip(keys, sizes, strict=True) if 0 < size <= BYTES // 16]
        found = dict(zip(small, self._each("get", small), strict=True))
        return [v if isinstance(v := found.get(key), bytes) else None for key in keys]

    def held(self, index: bytes, store: bytes, count: int) -> list[tuple[float, bytes | None]]:
        """What has been held longest: since when, and the message; None if it is too large."""
        rows = self.client.zrange(index, 0, count - 1, withscores=True)
        tags = [tag for tag, _ in rows]
        sizes = self._each("hstrlen", tags, store)
        small = [t for t, n in zip(tags, sizes, strict=True) if isinstance(n, int) and n <= BYTES]
        found = dict(zip(small, self._each("hget", small, store), strict=True))
        return [(score, found.get(tag)) for tag, score in rows if tag not in small or found[tag]]

    def _each(self, command: str, members: Sequence[bytes], *before: bytes) -> list[Any]:
        """One command for each, some hundreds in a round trip; an error stands in its place."""
        answers: list[Any] = []
        for chunk in _chunks(members):
            with self.client.pipeline(transaction=False) as pipe:
                for member in chunk:
                    getattr(pipe, command)(*before, member)
                answers += pipe.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, RedisError) and not isinstance(answer, ResponseError):
                raise answer
        return answers


def _chunks(members: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(members), AT_ONCE):
        yield members[start : start + AT_ONCE]
