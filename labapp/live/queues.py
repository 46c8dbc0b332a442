"""How long the queues of a Redis broker are: what Redis does not push, and has to be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from redis import Redis, RedisError

from labapp.live.broker import EventChannel

SEPARATOR = "\x06\x16"
PRIORITIES = (0, 3, 6, 9)


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages that wait in a queue, of any priority; and those that any worker of this broker
    holds without having acknowledged them."""

    waiting: int
    unacked: int


class QueueReader:
    """Asks brokers for the depth of queues; keeps a connection for as long as it is asked."""

    def __init__(self) -> None:
        self._clients: dict[EventChannel, Redis] = {}

    def read(
        self, wanted: Mapping[EventChannel, Collection[str]]
    ) -> dict[EventChannel, dict[str, QueueDepth]]:
        """One round trip for each broker; one that cannot be asked is left out."""
        for left in self._clients.keys() - wanted.keys():
            self._clients.pop(left).close()
        depths = {}
        for channel, names in wanted.items():
            try:
                depths[channel] = self._ask(channel, list(names))
            except (RedisError, OSError):
                self._clients.pop(channel).close()
        return depths

    def close(self) -> None:
        self.read({})

    def _ask(self, channel: EventChannel, names: list[str]) -> dict[str, QueueDepth]:
        if channel not in self._clients:
            self._clients[channel] = channel.connect()
        pipe: Any = self._clients[channel].pipeline(transaction=False)
        lists = {name: lists_of(channel, name) for name in names}
        for own in lists.values():
            for key in own:
                pipe.llen(key)
        pipe.hlen(unacked_of(channel))
        *lengths, unacked = pipe.execute()
        lengths = iter(lengths)
        return {
            name: QueueDepth(sum(islice(lengths, len(own))), unacked) for name, own in lists.items()
        }


def lists_of(channel: EventChannel, queue: str) -> list[str]:
    """The keys of the lists that kombu keeps for one queue, one a priority."""
    options = channel.options
    prefix, separator = options.get("global_keyprefix", ""), options.get("sep", SEPARATOR)
    steps = options.get("priority_steps", PRIORITIES)
    return [f"{prefix}{queue}{separator}{step}" if step else prefix + queue for step in steps]


def unacked_of(channel: EventChannel) -> str:
    """The key of the hash with what is fetched and not acknowledged."""
    options = channel.options
    return str(options.get("global_keyprefix", "") + options.get("unacked_key", "unacked"))
