"""Events of a broker that is not the result store: a connection of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from redis import RedisError

from labapp.live.broker import EventChannel
from labapp.live.redis_pubsub import Listener

AGAIN_AFTER = 5.0


class EventStream:
    """One connection for each such broker; one that is gone is tried again every few seconds.

    Results do not wait for it.
    """

    def __init__(self) -> None:
        self._listeners: dict[EventChannel, Listener] = {}
        self._retry_at: dict[EventChannel, float] = {}
        self._never, self._never_written = os.pipe()

    def __del__(self) -> None:
        os.close(self._never)
        os.close(self._never_written)

    def __bool__(self) -> bool:
        return bool(self._listeners or self._retry_at)

    def want(self, channels: Iterable[EventChannel]) -> None:
        """Listen to these and to no others."""
        wanted = set(channels)
        for left in self._listeners.keys() - wanted:
            self._listeners.pop(left).close()
        self._retry_at = {
            channel: self._retry_at.get(channel, 0.0) for channel in wanted - self._listeners.keys()
        }

    def drain(self) -> list[bytes]:
        """What has arrived; never waits for more, and never raises."""
        now = time.monotonic()
        for channel, at in list(self._retry_at.items()):
            if now >= at:
                self._open(channel, now)
        messages = []
        for channel, listener in list(self._listeners.items()):
            try:
                listener.wait(0.0, self._never)
                messages += [data for _, _, data in listener.drain()]
            except (RedisError, OSError):
                self._close(channel, now)
        return messages

    def close(self) -> None:
        self.want(())

    def _open(self, channel: EventChannel, now: float) -> None:
        listener = Listener(channel.connect())
        try:
            listener.only_patterns([channel.pattern])
        except (RedisError, OSError):
            self._retry_at[channel] = now + AGAIN_AFTER
            listener.close()
        else:
            self._listeners[channel] = listener
            del self._retry_at[channel]

    def _close(self, channel: EventChannel, now: float) -> None:
        self._listeners.pop(channel).close()
        self._retry_at[channel] = now + AGAIN_AFTER
