"""What was told of one task: its tries, each with the times at which something happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_TRIES = 50
"""Of a task that is tried more often, the first try and the newest are kept."""

LOST = "lost"
QUEUED, FETCHED, RUNNING, AGAIN, ENDED, UNACCOUNTED = PLACES = (
    "queued",
    "fetched",
    "running",
    "again",
    "ended",
    "unaccounted",
)
"""Where a task is: sent and not fetched yet, fetched by a worker and not begun, running, waiting
for its next try, over, or sent and nowhere to be found."""


@dataclass(slots=True)
class Try:
    """One try of a task. Times are Unix seconds by the clock of who told; None was not told.

    ``outcome`` is retried, succeeded, failed, revoked, rejected, lost or ended; "" while it has
    none. What was lost has no end.
    ``by_result`` says that times are those at which a result was heard, for want of events.
    """

    number: int = 0
    sent: float | None = None
    received: float | None = None
    started: float | None = None
    ended: float | None = None
    outcome: str = ""
    queue: str = ""
    sender: int | None = None
    worker: str = ""
    slot: int | None = None
    child: int | None = None
    due: float | None = None
    text: str = ""
    by_result: bool = False

    @property
    def began(self) -> float | None:
        """The first moment that is known of it."""
        return next((at for at in (self.sent, self.received, self.started) if at), self.ended)


@dataclass(slots=True)
class Told:
    """One task. ``outcome`` says how it ended, ``reason`` why it is unaccounted for.

    ``stored`` is False if it was sent with ``ignore_result``. Text is not escaped.
    """

    id: str
    name: str = ""
    root: str = ""
    parent: str = ""
    group: str = ""
    place: str = QUEUED
    outcome: str = ""
    reason: str = ""
    percent: float | None = None
    stored: bool = True
    tries: list[Try] = field(default_factory=lambda: [Try()])
    left_out: int = 0

    @property
    def last(self) -> Try:
        """The newest try."""
        return self.tries[-1]

    @property
    def queue(self) -> str:
        return next((one.queue for one in reversed(self.tries) if one.queue), "")

    def try_numbered(self, number: int) -> Try:
        """The try with this number of retries before it; made if it is new."""
        for one in reversed(self.tries):
            if one.number == number:
                return one
        return self.add(Try(number))

    def add(self, new: Try) -> Try:
        """A further try, in its order; the first one of a task that nothing was told of is it."""
        if len(self.tries) == 1 and self.last.began is None:
            self.tries = [new]
            return new
        place = len(self.tries)
        while place and self.tries[place - 1].number > new.number:
            place -= 1
        self.tries.insert(place, new)
        if len(self.tries) > MOST_TRIES:
            del self.tries[1]
            self.left_out += 1
        return new

    def to_start(self, worker: str, number: int | None) -> Try | None:
        """The try that a start belongs to: received and not begun, or sent if that was not heard.

        Events of a worker come in order; that the next try was sent may overtake them.
        """
        waiting = [one for one in self.tries if one.started is None or one.by_result]
        waiting = [one for one in waiting if not one.outcome and number in (None, one.number)]
        received = [one for one in waiting if one.received is not None and one.worker == worker]
        return next(iter(received or waiting), None)

    def to_end(self, worker: str, number: int | None = None) -> Try:
        """The try that an end belongs to: the earliest that has begun and not ended.

        A retry is told when the next try is on its way already; and one that was taken for lost
        may be heard of again.
        """
        fits = [one for one in self.tries if number in (None, one.number)] or self.tries
        mine = [one for one in fits if one.worker in (worker, "")] or fits
        open_ones = [one for one in mine if not one.outcome]
        begun = [one for one in open_ones if one.started is not None]
        lost = [one for one in mine if one.outcome == LOST]
        return next(iter(begun or lost or open_ones), mine[-1])

    def missing(self) -> Iterator[str]:
        """What has to have happened and was not heard, in words."""
        for one in self.tries:
            which = f"try {one.number + 1}: " if len(self.tries) > 1 else ""
            if one.sent is None and one.began is not None:
                yield f"{which}when it was sent was not heard"
            if one.started is None and one.outcome in ("succeeded", "failed", "retried"):
                yield f"{which}when it began was not heard"
        if self.place == UNACCOUNTED:
            yield self.reason
