"""How long it may still take: from the progress so far, and nothing where that tells nothing."""

from __future__ import annotations

from dataclasses import dataclass

WATCHED_FOR = 2.0
"""Seconds of progress that an estimate needs at least."""
GAINED = 3.0
"""Percent that must have been gained in that time."""


@dataclass(slots=True)
class Pace:
    """The first and the newest progress of something, in percent, with their times."""

    began: float
    start: float
    now: float
    percent: float

    @classmethod
    def at(cls, percent: float, now: float) -> Pace:
        return cls(began=now, start=percent, now=now, percent=percent)

    def note(self, percent: float, now: float) -> None:
        """Take in newer progress; one that goes back begins anew."""
        if percent < self.percent:
            self.began, self.start = now, percent
        if percent != self.percent:
            self.now = now
        self.percent = percent

    @property
    def end(self) -> float | None:
        """When it will end if it goes on as it went so far, in Unix seconds; None if unknown."""
        gained, took = self.percent - self.start, self.now - self.began
        if gained < GAINED or took < WATCHED_FOR or self.percent >= 100:
            return None
        return self.now + (100 - self.percent) * took / gained
