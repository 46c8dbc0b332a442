"""Who wants to hear everything that a feed hears, not the newest state of some tasks alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Ear(Protocol):
    """Called on the feed's thread; must be quick and must not raise."""

    def heard(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Events, in the order in which they came."""

    def connected(self, empty: bool) -> None:
        """Listening begins, or begins again; ``empty`` if Redis lost what it held before."""

    def disconnected(self, reason: str) -> None:
        """Nothing can be heard; the sentence says why."""
