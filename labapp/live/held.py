"""Which messages a Redis broker still holds: read after a disturbance, and never otherwise."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from typing import Any

from redis import RedisError

from labapp.live.broker import EventChannel
from labapp.live.queues import lists_of, unacked_of

MOST_MESSAGES = 20_000
"""Of more nothing is said: reading them would take seconds of the broker's time."""
CHUNK = 500


def held_ids(channel: EventChannel, queues: Collection[str]) -> set[str] | None:
    """Ids of the tasks whose messages wait in these queues, or are fetched and not acknowledged.

    None where that cannot be told. A message that is on its way from one to the other while this
    reads may be missed: only what is missing twice is gone.
    """
    lists = [key for queue in queues for key in lists_of(channel, queue)]
    unacked = unacked_of(channel)
    try:
        with closing(channel.connect()) as client:
            if _how_many(client, lists, unacked) > MOST_MESSAGES:
                return None
            raw = [*(message for name in lists for message in _listed(client, name))]
            raw += [message for _, message in client.hscan_iter(unacked, count=CHUNK)]
    except (RedisError, OSError):
        return None
    return {found for found in map(_id_of, raw) if found}


def _how_many(client: Any, lists: Collection[str], unacked: str) -> int:
    pipe = client.pipeline(transaction=False)
    for name in lists:
        pipe.llen(name)
    pipe.hlen(unacked)
    return sum(pipe.execute())


def _listed(client: Any, name: str) -> Iterator[bytes]:
    """Every message of a queue, from the end where new ones come in: none is passed over."""
    start = 0
    while chunk := client.lrange(name, start, start + CHUNK - 1):
        yield from chunk
        start += CHUNK


def _id_of(raw: bytes) -> str:
    """The task's id in a message, or in a fetched one with its routing; "" in anything else."""
    with suppress(ValueError, LookupError, TypeError, RecursionError):
        read = json.loads(raw)
        message = read[0] if isinstance(read, list) else read
        return str(message["headers"]["id"])
    return ""
