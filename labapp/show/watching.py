"""watch(): the progress of tasks, live in a notebook, and waited for in any program."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from labapp.display import LiveOutput, Tick, cell_number, clean, escape, in_kernel
from labapp.live import Feed, Following, feed_for
from labapp.live.state import UNKNOWN
from labapp.show.errors import StillRunningError
from labapp.show.progress_picture import picture
from labapp.show.progress_view import Moment, names, plain_line, view_of
from labapp.show.results import UNNAMED, first_state, label_of, single_results

FIRST_LOOK = 0.2
LOST_FOR = 10.0
_open: WeakSet[Watch] = WeakSet()


def watch(x: Any) -> Watch:
    """Show how far tasks are, and return at once; of any Celery app with a result backend.

    ``x`` is an AsyncResult, a GroupResult, or several of them in a list, tuple or generator.
    Outside a notebook nothing is shown; ``wait`` and ``snapshot`` work all the same.

    Raises TypeError for what is no result, ValueError for an app without a result backend.
    """
    watched = Watch(single_results(x))
    watched._show()
    return watched


class Watch:
    """Tasks that are watched. Made by ``watch``."""

    def __init__(self, results: Iterable[Any]) -> None:
        found = {result.id: result for result in results}
        self._lock = threading.Lock()
        self._states = {key: first_state(result) for key, result in found.items()}
        self._labels = {
            key: label_of(result, number if len(found) > 1 else 0)
            for number, (key, result) in enumerate(found.items(), 1)
        }
        self._began = {"": time.time()}
        self._took: dict[str, float] = {}
        self._lost_since: float | None = None
        self._stopped = ""
        self._over = threading.Event()
        self._front: Any = None
        self._shown_in: int | None = None
        self._output = LiveOutput(plain_line(len(self._states)))
        self._tick = Tick(self._draw, on_error=self._cannot_draw)
        _open.add(self)
        self._followings: list[Following] = []
        self._complete = False
        self._follow(found)
        self._complete = True
        self._note()

    def __repr__(self) -> str:
        return plain_line(len(self._states))

    def _ipython_display_(self) -> None:
        # As a cell's last expression it is on the screen already; in a later cell it shows again.
        if self._shown_in != cell_number():
            self._shown_in = cell_number()
            self._output.show()

    def wait(self, timeout: float | None = None) -> Watch:
        """Wait until every task has ended, well or not, and the last picture is drawn.

        Raises TimeoutError, naming what still runs, after ``timeout`` seconds; without one, when
        all that is left is unknown to Redis since it came back empty, or when its lab stopped.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._over.is_set():
            left = 0.5 if until is None else min(0.5, until - time.monotonic())
            if left <= 0:
                raise StillRunningError(self._unfinished(f"after {timeout:g} s"))
            if until is None and self._hopeless():
                raise StillRunningError(
                    self._unfinished("and Redis has lost them: send them again")
                )
            self._over.wait(left)
        self._tick.flush()
        if self._stopped and self._open_places():
            raise StillRunningError(self._unfinished("when the lab was stopped"))
        return self

    def snapshot(self) -> dict[str, Any]:
        """What is known now, as plain data: counts, and each task by its id."""
        moment = self._moment()
        counts: dict[str, int] = {}
        for state in moment.states:
            counts[state.state] = counts.get(state.state, 0) + 1
        return {
            "total": len(moment.states),
            "done": moment.done,
            "counts": counts,
            "link": moment.link.state,
            "seconds": round(moment.took.get("", time.time() - moment.began[""]), 3),
            "tasks": {state.id: state.plain() for state in moment.states},
        }

    def _follow(self, results: dict[str, Any]) -> None:
        # The results themselves are not kept: each holds a subscription of its own.
        by_feed: dict[Feed, list[str]] = {}
        for key, result in results.items():
            if not self._states[key].ready:
                by_feed.setdefault(feed_for(result.app, result.backend), []).append(key)
        for feed, ids in by_feed.items():
            self._followings.append(feed.follow(ids, self._changed))
        until = time.monotonic() + FIRST_LOOK
        for following in self._followings:
            following.wait_known(until - time.monotonic())
            self._take(following)

    def _show(self) -> None:
        """Drawing must not be able to break what it shows: it says so in a sentence instead."""
        try:
            if not in_kernel():
                return
            if self._over.is_set():
                self._draw()
            else:
                self._front = _progress_front(view_of(self._moment()))
                self._output.attach(self._front)
            self._ipython_display_()
            self._tick.touch()
        except Exception as error:
            self._cannot_draw(error)
            with suppress(Exception):
                self._ipython_display_()

    def _changed(self, following: Following) -> None:
        self._take(following)
        if self._complete:
            self._note()

    def _take(self, following: Following) -> None:
        now = time.time()
        with self._lock:
            for key, state in following.changes().items():
                self._states[key] = state
                if state.name and self._labels[key].startswith(UNNAMED):
                    self._labels[key] = self._labels[key].replace(UNNAMED, clean(state.name, 60))
                if state.state not in ("PENDING", "RECEIVED", UNKNOWN) and not state.ready:
                    self._began.setdefault(key, now)
                if state.ready and key in self._began:
                    self._took.setdefault(key, now - self._began[key])

    def _note(self) -> None:
        open_places = self._open_places()
        if not open_places:
            self._took.setdefault("", time.time() - self._began[""])
            self._over.set()
        hopeless = bool(open_places) and all(
            state.state == UNKNOWN for state in self._states.values() if not state.ready
        )
        self._lost_since = (self._lost_since or time.monotonic()) if hopeless else None
        self._tick.touch()

    def _draw(self) -> None:
        if self._over.is_set():
            self._finish()
        elif self._front is not None:
            self._front.put(view_of(self._moment()))

    def _finish(self) -> None:
        _open.discard(self)
        for following in self._followings:
            following.close()
        self._output.finish(picture(self._moment()))
        self._tick.close()

    def _end(self, reason: str) -> None:
        """The lab of these tasks stops: draw what is known and follow no longer."""
        self._stopped = reason
        self._over.set()
        self._tick.flush()

    def _cannot_draw(self, error: Exception) -> None:
        for following in self._followings if self._over.is_set() else ():
            following.close()
        self._output.finish(f"<p>The progress cannot be drawn: {escape(error)}</p>")

    def _moment(self) -> Moment:
        with self._lock:
            states = list(self._states.values())
            began, took = dict(self._began), dict(self._took)
            labels = list(self._labels.values())
        links = [following.link for following in self._followings]
        worst = next((link for link in links if link.state == "unreachable"), None)
        link = worst or (links[0] if links else Moment((), ()).link)
        return Moment(states, labels, link, began, took, self._stopped)

    def _open_places(self) -> list[int]:
        with self._lock:
            return [n for n, state in enumerate(self._states.values()) if not state.ready]

    def _hopeless(self) -> bool:
        since = self._lost_since
        return since is not None and time.monotonic() - since > LOST_FOR

    def _unfinished(self, when: str) -> str:
        moment = self._moment()
        places = self._open_places()
        named = names([moment.states[n] for n in places], [moment.labels[n] for n in places])
        link = f" {moment.link.reason}" if moment.link.state == "unreachable" else ""
        count = f"{len(places):,} of {plain_line(len(moment.states)).removeprefix('Progress of ')}"
        verb = "has" if len(places) == 1 else "have"
        return f"{count} {verb} not ended {when}: {named}.{link}"


def flush(task_id: str, timeout: float = 2.0) -> None:
    """Bring every watch of this task up to date before a cell goes on; used by ``job.get()``."""
    until = time.monotonic() + timeout
    for watched in list(_open):
        state = watched._states.get(task_id)
        while state is not None and not state.ready and time.monotonic() < until:
            time.sleep(0.005)
            state = watched._states.get(task_id)
        if state is not None:
            watched._tick.flush()


def end_all(address: str, reason: str) -> None:
    """End every watch of tasks whose results are at this address; used when a lab stops."""
    for watched in list(_open):
        if any(following.address == address for following in watched._followings):
            watched._end(reason)


def _progress_front(model: dict[str, Any]) -> Any:
    """The widget, or None where ipywidgets or anywidget is not installed."""
    try:
        from labapp.show.front import ProgressFront
    except ImportError:
        return None
    return ProgressFront(model)
