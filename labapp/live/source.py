"""Where states come from: a store that pushes them, or one that has to be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from labapp.live.broker import EventChannel

Record = bytes | Mapping[str, Any] | None
"""What a store holds of one task: bytes not decoded yet, decoded meta, or nothing."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many parts of a chord have ended, of how many where that is known; ``over`` if all."""

    ended: int
    size: int | None
    over: bool


@dataclass(slots=True)
class News:
    """What arrived: the newest record of each task that changed, and events not decoded yet."""

    records: dict[str, Record] = field(default_factory=dict)
    events: list[bytes] = field(default_factory=list)


class SourceError(RuntimeError):
    """The result store cannot be reached; the message says which and why, without a password."""


class Source(Protocol):
    """One connection to one result store; used by the feed's thread alone, but for ``wake``."""

    kind: Literal["live", "polling"]
    address: str
    """Where the store is, without a password."""
    counts_chords: bool
    """Whether it holds counters for chords."""
    refused: bool
    """Whether it lets nobody hear events; results are heard all the same."""

    def open(self) -> bool:
        """Connect; True if the store has lost everything since the last time."""

    def add(self, ids: Collection[str]) -> None:
        """Listen to these tasks too."""

    def remove(self, ids: Collection[str]) -> None:
        """Listen to them no longer."""

    def read(self, ids: Collection[str]) -> dict[str, Record]:
        """What the store holds of these tasks now."""

    def listen(self, channels: Set[EventChannel]) -> Set[EventChannel]:
        """Hear the events on these channels, and on no others; gives those it cannot hear."""

    def count(self, chords: Collection[str]) -> dict[str, Count | None]:
        """How far chords are, by the id of their header; None where nothing is counted."""

    def wait(self, timeout: float, gather: bool = False) -> News:
        """What arrived, as soon as something does; nothing after ``timeout`` seconds.

        To ``gather`` is to let things arrive for the whole time, which costs less for each.
        """

    def wake(self) -> None:
        """Let ``wait`` return at once; safe on any thread."""

    def close(self) -> None:
        """Give up the connection; ``open`` may follow."""
