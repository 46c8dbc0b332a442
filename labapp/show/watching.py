"""watch(): the progress of tasks, live in a notebook, and waited for in any program."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from labapp.display import LiveOutput, Tick, escape, in_kernel
from labapp.show.cancelling import Canceller
from labapp.show.errors import StillRunningError
from labapp.show.progress_picture import picture
from labapp.show.progress_view import Moment, names, plain_line, view_of
from labapp.show.results import Plan, plan_of
from labapp.show.watched import Watched

_open: WeakSet[Watch] = WeakSet()


def watch(x: Any, events: bool = False) -> Watch:
    """Show how far tasks are, and return at once; of any Celery app with a result backend.

    ``x`` is an AsyncResult, also that of a chain or a chord, a GroupResult, or several of them in
    a list, tuple or generator. Outside a notebook nothing is shown; ``wait`` and ``snapshot`` work
    all the same. With ``events`` the workers are asked to send Celery's events, which say more
    than results do; it is not taken back. The workers of a lab send them while somebody watches.

    Raises TypeError for what is no result, ValueError for an app without a result backend.
    """
    shown = Watch(plan_of(x), events)
    shown._show()
    return shown


class Watch:
    """Tasks that are watched. Made by ``watch``."""

    def __init__(self, plan: Plan, events: bool = False) -> None:
        self._kind = plan.kind
        self._text = plain_line(plan.total)
        self._stopped = ""
        self._front: Any = None
        self._output = LiveOutput(self._text)
        self._tick = Tick(self._draw, on_error=self._cannot_draw)
        self._canceller = Canceller(plan.apps, plan.parts, self._tick.touch)
        self._watched = Watched(plan, events)
        _open.add(self)
        self._watched.tell(self._tick.touch)

    def __repr__(self) -> str:
        return self._text

    def _ipython_display_(self) -> None:
        self._output.show_once_a_cell()

    def wait(self, timeout: float | None = None) -> Watch:
        """Wait until every task has ended, well or not, and the last picture is drawn.

        Raises TimeoutError, naming what still runs, after ``timeout`` seconds; without one, when
        all that is left is unknown to Redis since it came back empty, or when its lab stopped.
        """
        until = None if timeout is None else time.monotonic() + timeout
        over = self._watched.over
        while not over.is_set():
            left = 0.5 if until is None else min(0.5, until - time.monotonic())
            if left <= 0:
                raise StillRunningError(self._unfinished(f"after {timeout:g} s"))
            if until is None and self._watched.hopeless:
                raise StillRunningError(
                    self._unfinished("and Redis has lost them: send them again")
                )
            over.wait(left)
        self._tick.flush()
        if self._stopped and not self._watched.tally.over:
            raise StillRunningError(self._unfinished("when the lab was stopped"))
        return self

    def snapshot(self) -> dict[str, Any]:
        """What is known now, as plain data: counts, and each task by its id.

        ``seconds`` since it is watched, ``expected`` seconds more if it goes on as it went so far
        (None where that cannot be said), ``percent`` of all, ``events`` if they are heard.
        """
        now = time.time()
        with self._watched.lock:
            tally, link = self._watched.tally, self._watched.link
            ends = tally.end_of("")
            return {
                "total": tally.total,
                "done": tally.done,
                "percent": round(tally.percent, 1),
                "counts": {state: count for state, count in tally.counts.items() if count > 0},
                "link": link.state,
                "events": link.events,
                "seconds": round(tally.took.get("", now - tally.began[""]), 3),
                "expected": None if ends is None else round(max(0.0, ends - now), 1),
                "tasks": {state.id: state.plain() for state in tally.states.values()},
            }

    def cancel(self, terminate: bool = False) -> None:
        """Do what the display's buttons do: revoke what waits, or end what runs as well.

        Returns at once. A task that runs is ended only with ``terminate``, in a prefork pool.
        """
        with self._watched.lock:
            self._canceller.start("terminate" if terminate else "cancel", self._watched.tally)

    def _show(self) -> None:
        """Drawing must not be able to break what it shows: it says so in a sentence instead."""
        try:
            if not in_kernel():
                return
            if self._watched.over.is_set():
                self._draw()
            else:
                self._front = self._make_front()
                self._output.attach(self._front)
            self._ipython_display_()
            self._tick.touch()
        except Exception as error:
            self._cannot_draw(error)
            with suppress(Exception):
                self._ipython_display_()

    def _make_front(self) -> Any:
        """The widget, or None where ipywidgets or anywidget is not installed."""
        try:
            from labapp.show.front import ProgressFront
        except ImportError:
            return None
        front = ProgressFront(self._view())
        front.listen(self._clicked)
        return front

    def _clicked(self, content: Any) -> None:
        with suppress(Exception):
            self.cancel(terminate={"cancel": False, "terminate": True}[content["do"]])

    def _draw(self) -> None:
        if self._watched.over.is_set():
            self._finish()
        elif self._front is not None:
            self._front.put(self._view())

    def _view(self) -> dict[str, Any]:
        with self._watched.lock:
            self._watched.tally.note_pace(time.time())
            moment = self._moment()
            depths = self._watched.look_at_queues(moment.nobody_works)
            return view_of(replace(moment, depths=depths))

    def _finish(self) -> None:
        _open.discard(self)
        self._watched.close()
        if self._front is not None:
            self._front.put(self._view())
        with self._watched.lock:
            final = picture(self._moment(), self._watched.lasting)
        self._output.finish(final)
        self._tick.close()

    def _end(self, reason: str) -> None:
        """The lab of these tasks stops: draw what is known and follow no longer."""
        self._stopped = reason
        self._watched.over.set()
        self._tick.flush()

    def _cannot_draw(self, error: Exception) -> None:
        if self._watched.over.is_set():
            self._watched.close()
        self._output.finish(f"<p>The progress cannot be drawn: {escape(error)}</p>")

    def _moment(self) -> Moment:
        watched = self._watched
        switches = self._canceller.view(watched.tally)
        return Moment(watched.tally, watched.link, self._stopped, self._kind, switches)

    def _unfinished(self, when: str) -> str:
        with self._watched.lock:
            tally, link = self._watched.tally, self._watched.link
            keys = tally.unended()
            named = names([tally.states[key] for key in keys], [tally.labels[key] for key in keys])
        reason = f" {link.reason}" if link.state == "unreachable" else ""
        count = f"{len(keys):,} of {self._text.removeprefix('Progress of ')}"
        verb = "has" if len(keys) == 1 else "have"
        return f"{count} {verb} not ended {when}: {named}.{reason}"


def flush(task_id: str, timeout: float = 2.0) -> None:
    """Bring every watch of this task up to date before a cell goes on; used by ``job.get()``."""
    until = time.monotonic() + timeout
    for opened in list(_open):
        while opened._watched.ended(task_id) is False and time.monotonic() < until:
            time.sleep(0.005)
        if opened._watched.ended(task_id) is not None:
            opened._tick.flush()


def end_all(address: str, reason: str) -> None:
    """End every watch of tasks whose results are at this address; used when a lab stops."""
    for opened in list(_open):
        if opened._watched.is_at(address):
            opened._end(reason)
