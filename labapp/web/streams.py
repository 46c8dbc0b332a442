"""One open event stream: what its reader has not been sent yet, and never more than that."""

from __future__ import annotations

import threading
from dataclasses import dataclass

MOST_WAITING = 100
"""Events that wait for one reader: twice the tasks that are told of at once."""
HEALTH = "health"


class TooManyStreamsError(RuntimeError):
    """As many streams are open as may be at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event to send: its name, its data as JSON, and whether the stream ends with it."""

    name: str
    data: str
    final: bool = False


class Stream:
    """What is still to be sent to one reader: the newest event of each thing, 100 at most.

    `task_id` is the one task that it tells of; None stands for all those of the ledger. `page`
    is the name that a page has given its stream, or nothing. A reader that is slow loses the
    states in between, never the newest one, and costs no more memory the longer it sleeps.
    """

    def __init__(self, task_id: str | None = None, page: str = "") -> None:
        self.task_id = task_id
        self.page = page
        self.welcomed = False
        """Whether it has been told how things stood as it came; the hub's thread sets it."""
        self._health = ("ok", "")
        self._waiting: dict[str, Event] = {}
        self._changed = threading.Condition()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come, since somebody closed it."""
        return self._ended

    def post(self, about: str, event: Event) -> None:
        """Lay down the newest event about something; an older one not sent yet is dropped."""
        with self._changed:
            # Put last again, so that what changes all the time holds up nothing else.
            self._waiting.pop(about, None)
            self._waiting[about] = event
            if len(self._waiting) > MOST_WAITING:
                # What changed longest ago is of a task that has left the list since.
                del self._waiting[next(key for key in self._waiting if key != HEALTH)]
            self._changed.notify()

    def post_health(self, status: str, data: str) -> None:
        """Lay down the app's health if it is news for this reader.

        Readers of one task hear only that Redis went away or came back, the others everything.
        """
        told, self._health = self._health, (status, data)
        if told[0] != status or (self.task_id is None and told[1] != data):
            self.post(HEALTH, Event("health", data))

    def take(self, timeout: float) -> Event | None:
        """The event that has waited longest; None after `timeout` seconds, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout)
            if self._ended or not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def end(self) -> None:
        """Let the reader go: `take` gives nothing any more."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._changed.notify()
