"""A store without pub/sub (a database, a folder): asked four times a second at most."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Set
from typing import Any, Literal

from kombu.exceptions import KombuError

from labapp.live.broker import EventChannel
from labapp.live.source import Count, News, Record, SourceError

INTERVAL = 0.25


class PollingSource:
    """Asks the backend for each task that has not ended, in turn."""

    kind: Literal["live", "polling"] = "polling"
    counts_chords = False
    refused = False

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.address = str(backend.as_uri())
        self._ids: set[str] = set()
        self._seen: dict[str, Record] = {}
        self._woken = threading.Event()
        self._next = 0.0

    def open(self) -> bool:
        self._seen.clear()
        return False

    def add(self, ids: Collection[str]) -> None:
        self._ids.update(ids)

    def remove(self, ids: Collection[str]) -> None:
        self._ids.difference_update(ids)
        for task_id in ids:
            self._seen.pop(task_id, None)

    def read(self, ids: Collection[str]) -> dict[str, Record]:
        records = {task_id: self._ask(task_id) for task_id in ids}
        self._seen.update(records)
        return records

    def listen(self, channels: Set[EventChannel]) -> Set[EventChannel]:
        """It has no events; those of the app's broker come by a connection of their own."""
        return channels

    def count(self, chords: Collection[str]) -> dict[str, Count | None]:
        return {}

    def wait(self, timeout: float, gather: bool = False) -> News:
        self._woken.wait(max(0.0, min(timeout, self._next - time.monotonic())))
        self._woken.clear()
        started = time.monotonic()
        if started < self._next:
            return News()
        before = dict(self._seen)
        records = self.read(sorted(self._ids))
        ended = time.monotonic()
        # A store that answers slowly is asked less often, so that asking never fills the day.
        self._next = ended + max(INTERVAL, 3 * (ended - started))
        return News({key: new for key, new in records.items() if new != before.get(key)})

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._woken.clear()

    def _ask(self, task_id: str) -> Record:
        try:
            meta: Record = self._backend.get_task_meta(task_id, cache=False)
        except (ValueError, KeyError, TypeError, KombuError):
            return {"status": "UNKNOWN", "result": "its record cannot be read"}
        except Exception as error:
            kind = type(self._backend).__name__
            raise SourceError(
                f"The result store ({kind}) cannot be read: {type(error).__name__}."
            ) from error
        return meta
