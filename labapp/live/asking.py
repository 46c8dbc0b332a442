"""Asking workers for events for as long as somebody looks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

from redis import RedisError

from labapp.live.broker import EventChannel
from labapp.live.model import Model

HOLD_EVERY = 3.0
SILENT_AFTER = 6.5
"""Seconds: three heartbeats of a worker, which come each two seconds."""

Events = Literal["off", "asked", "heard", "silent", "unavailable"]
"""Nobody asked; asked, and no worker heard yet; heard; no worker heard for seconds; refused."""


class Asking:
    """Keeps the workers of the wanted channels sending, and says whether any is heard."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._channels: dict[EventChannel, float] = {}
        self._next_hold = 0.0
        self._asked_of: set[tuple[str, int, int]] = set()

    @property
    def channels(self) -> set[EventChannel]:
        return set(self._channels)

    def want(self, channels: Iterable[EventChannel | None]) -> None:
        """These and no others, from now on."""
        now = time.monotonic()
        wanted = {channel for channel in channels if channel is not None}
        for new in wanted - self._channels.keys():
            self._next_hold = 0.0
            if new.key is None:
                new.broadcast()
        self._channels = {channel: self._channels.get(channel, now) for channel in wanted}

    def hold_soon(self) -> None:
        """The keys may be gone, as after an outage: hold them at the next occasion."""
        self._next_hold = 0.0

    def go_on(self) -> None:
        """Ask anew, by broadcast, where a worker has joined; and hold the keys."""
        now = time.monotonic()
        known, self._asked_of = self._asked_of, self._model.lives
        if self._asked_of - known:
            for channel in self._channels:
                if channel.key is None:
                    channel.broadcast()
        if self._channels and now >= self._next_hold:
            self._next_hold = now + HOLD_EVERY
            for channel in self._channels:
                # Who wants results hears of an outage; who wants events sees that none come.
                with suppress(RedisError, OSError):
                    channel.hold()

    def status(self, refused: bool) -> Events:
        if not self._channels:
            return "off"
        if refused:
            return "unavailable"
        if self._model.anybody():
            return "heard"
        waited = time.monotonic() - min(self._channels.values())
        return "silent" if waited > SILENT_AFTER else "asked"
