"""Where states come from: a store that pushes them, or one that has to be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, Protocol

Record = bytes | Mapping[str, Any] | None
"""What a store holds of one task: bytes not decoded yet, decoded meta, or nothing."""


class SourceError(RuntimeError):
    """The result store cannot be reached; the message says which and why, without a password."""


class Source(Protocol):
    """One connection to one result store; used by the feed's thread alone, but for ``wake``."""

    kind: Literal["live", "polling"]
    address: str
    """Where the store is, without a password."""

    def open(self) -> bool:
        """Connect; True if the store has lost everything since the last time."""

    def add(self, ids: Collection[str]) -> None:
        """Listen to these tasks too."""

    def remove(self, ids: Collection[str]) -> None:
        """Listen to them no longer."""

    def read(self, ids: Collection[str]) -> dict[str, Record]:
        """What the store holds of these tasks now."""

    def wait(self, timeout: float) -> dict[str, Record]:
        """The newest record of each task that changed; empty after ``timeout`` seconds."""

    def wake(self) -> None:
        """Let ``wait`` return at once; safe on any thread."""

    def close(self) -> None:
        """Give up the connection; ``open`` may follow."""
