"""Who wants to hear everything that a feed hears, not the newest state of some tasks alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

log = logging.getLogger(__name__)


class Ear(Protocol):
    """Called on the feed's thread; must be quick and must not raise."""

    def heard(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Events, in the order in which they came."""

    def connected(self, empty: bool) -> None:
        """Listening begins, or begins again; ``empty`` if Redis lost what it held before."""

    def disconnected(self, reason: str) -> None:
        """Nothing can be heard; the sentence says why."""


class Ears:
    """Those that listen now; they come and go on any thread."""

    def __init__(self) -> None:
        self._ears: tuple[Ear, ...] = ()
        self._lock = threading.Lock()

    def add(self, ear: Ear) -> Callable[[], None]:
        """Have it hear everything from now on; returns how to stop that."""
        with self._lock:
            self._ears += (ear,)

        def stop() -> None:
            with self._lock:
                self._ears = tuple(one for one in self._ears if one is not ear)

        return stop

    def hear(self, events: Sequence[Mapping[str, Any]]) -> None:
        for ear in self._ears:
            ear.heard(events)

    def tell(self, empty: bool = False, reason: str = "") -> None:
        """Listening begins; or has been cut off, where there is a reason."""
        for ear in self._ears:
            try:
                ear.disconnected(reason) if reason else ear.connected(empty)
            except Exception:
                log.debug("an ear of the feed failed", exc_info=True)
