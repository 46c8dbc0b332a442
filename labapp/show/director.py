"""Which tasks are drawn as dots, and where each of them went, step by step.

Thirty at most; the others are counted. A step is there because the history was told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from labapp.display import clean
from labapp.live.history import History
from labapp.live.told import AGAIN, ENDED, FETCHED, QUEUED, UNACCOUNTED, Told, Try
from labapp.show.stage import RESULTS, UNACKED
from labapp.show.words import OUTCOMES, word_for

MOST = 30
HELD = 0.45
"""Seconds that a dot needs for a station: a little travel, and 250 ms to be seen there."""
SETTLE = 0.1
"""Seconds that a change waits: that a task was sent may be told after it was received."""
STALE = 2.0
MOST_STEPS = 40

Where = Callable[[Told, Try], str]


@dataclass(slots=True)
class Dot:
    """One task that is drawn."""

    number: int
    model: dict[str, Any] = field(default_factory=dict)
    changed: float = 0.0
    free_at: float = 0.0
    over: bool = False
    waits: bool = False


class Director:
    """Chooses dots as things happen. ``origin`` and ``slot`` name the stations of a lab.

    For one thread at a time, but for ``note``.
    """

    def __init__(self, history: History, origin: Where, slot: Where) -> None:
        self._history = history
        self._origin = origin
        self._slot = slot
        self._fresh: dict[str, float] = {}
        self._dots: dict[str, Dot] = {}
        self._count = 0

    def note(self, ids: Collection[str], now: float) -> None:
        """These tasks have changed; any thread."""
        for key in ids:
            self._fresh.setdefault(key, now)

    @property
    def unsettled(self) -> bool:
        """Whether there is something to draw in a moment."""
        return bool(self._fresh) or any(dot.over for dot in self._dots.values())

    def dots(self, now: float) -> dict[str, dict[str, Any]]:
        """The dots of this moment, as the page takes them."""
        due = [key for key, at in list(self._fresh.items()) if now - at >= SETTLE]
        for key in due:
            self._fresh.pop(key, None)
        for key in [key for key, dot in self._dots.items() if dot.over and now > dot.free_at]:
            del self._dots[key]
        with self._history.lock:
            for key in due:
                told = self._history.tasks.get(key)
                if told is not None:
                    self._draw(told, now)
        return {f"dot:{dot.number}": dot.model for dot in self._dots.values()}

    def drawn_unended(self) -> int:
        """How many dots stand for tasks that have not ended."""
        return sum(not dot.over for dot in self._dots.values())

    def _draw(self, told: Told, now: float) -> None:
        dot = self._dots.get(told.id) or self._admit(told, now)
        if dot is None:
            return
        steps = list(self._steps(told))
        if not steps:
            return
        dot.changed = now
        dot.over = told.place in (ENDED, UNACCOUNTED)
        dot.waits = told.place in (QUEUED, FETCHED, AGAIN)
        at = 0.0
        for step in steps:
            at = max(step["at"], at + HELD)
        dot.free_at = max(at, now) + 2 * HELD
        dot.model = {
            "id": told.id,
            "name": clean(told.name or "task", 60),
            "group": told.group,
            "from": max(0, len(steps) - MOST_STEPS),
            "steps": steps[-MOST_STEPS:],
        }

    def _admit(self, told: Told, now: float) -> Dot | None:
        """A place among the dots: a free one, or that of one that only waits."""
        if told.place == ENDED and (told.last.ended or now) < now - STALE:
            return None
        if len(self._dots) >= MOST:
            waiting = (
                key for key, dot in self._dots.items() if dot.waits and now - dot.changed > STALE
            )
            longest = next(waiting, None)
            if longest is None:
                return None
            del self._dots[longest]
        self._count += 1
        dot = self._dots[told.id] = Dot(self._count)
        return dot

    def _steps(self, told: Told) -> Iterator[dict[str, Any]]:
        for number, one in enumerate(told.tries):
            first = number == 0 and not told.left_out
            which = "" if len(told.tries) == 1 else f" (try {one.number + 1})"
            key = f"{number + told.left_out}"
            if one.sent is not None:
                queue = one.queue or "?"
                if first and (origin := self._origin(told, one)):
                    yield _step(f"{key}o", one.sent, origin, "PENDING", "is sent")
                text = f"waits in queue {clean(queue, 40)}{which}"
                yield _step(f"{key}q", one.sent, f"queue:{queue}", "PENDING", text)
            if one.received is not None:
                late = " and held back until it is due" if one.due else ""
                text = f"is fetched by {clean(one.worker, 40)}, unacknowledged{late}{which}"
                yield _step(f"{key}r", one.received, UNACKED, "RECEIVED", text)
            if one.started is not None:
                where = self._slot(told, one)
                yield _step(
                    f"{key}s",
                    one.started,
                    where,
                    "STARTED",
                    f"runs in {clean(one.worker, 40)}{which}",
                )
            yield from self._end(told, one, key, which)
        if told.place == UNACCOUNTED:
            one = told.last
            where = self._slot(told, one) if one.started is not None else UNACKED
            where = f"queue:{one.queue}" if one.started is None and one.received is None else where
            at = max(filter(None, (one.sent, one.received, one.started)), default=0.0)
            yield _step("lost", at, where, "UNKNOWN", f"is unaccounted for: {told.reason}")

    def _end(self, told: Told, one: Try, key: str, which: str) -> Iterator[dict[str, Any]]:
        state = OUTCOMES.get(one.outcome)
        if state is None or one.ended is None:
            return
        word = word_for(state).word
        stays = state == "RETRY" or not told.stored
        here = self._slot(told, one) if one.started is not None else UNACKED
        where = here if stays else RESULTS
        note = "" if told.stored or state == "RETRY" else "; its result is not stored"
        yield _step(f"{key}e", one.ended, where, state, f"{word}{note}{which}")


def _step(key: str, at: float, station: str, state: str, text: str) -> dict[str, Any]:
    word = word_for(state)
    return {
        "key": key,
        "at": at,
        "station": station,
        "sign": word.sign,
        "word": word.word,
        "kind": word.kind,
        "text": clean(text, 200),
    }
