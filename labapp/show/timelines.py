"""timeline(): when tasks waited, where they ran, and what became of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from labapp.display import LiveOutput, Tick, escape, in_kernel
from labapp.live.recording import Recording
from labapp.live.told import ENDED, UNACCOUNTED, Told
from labapp.show.notes import notes_of
from labapp.show.timeline_layout import layout
from labapp.show.timeline_picture import in_words, picture

PERIOD = 0.5
MOST = 200
"""Tasks in one timeline; of more, the last."""
_open: WeakSet[Timeline] = WeakSet()


class Timeline:
    """Some tasks over time: a row a slot, a bar a task. Made by ``timeline``."""

    text = "Timeline of tasks"

    def __init__(self, recording: Recording, ids: Sequence[str], own: bool = False) -> None:
        self._recording = recording
        self._ids = list(dict.fromkeys(ids))[-MOST:]
        self._left_out = len(ids) - len(self._ids)
        self._own = own
        self._front: Any = None
        self._over = threading.Event()
        self._output = LiveOutput(self.text)
        self._tick = Tick(self._draw, PERIOD, on_error=self._cannot_draw)
        self._stop = recording.history.subscribe(self._changed)
        _open.add(self)
        self._changed(self._ids)

    def __repr__(self) -> str:
        return self.text

    def _ipython_display_(self) -> None:
        self._output.show_once_a_cell()

    @property
    def data(self) -> dict[str, Any]:
        """What is drawn, as plain data: rows, bars with seconds and details, links, and notes."""
        tasks, drawn = self._now()
        return {**drawn, "notes": self._notes(tasks), "words": in_words(tasks, drawn)}

    def wait(self, timeout: float = 30.0) -> Timeline:
        """Wait until all of it has ended and the picture stands; TimeoutError after ``timeout``."""
        if not self._over.wait(timeout):
            raise TimeoutError(f"Not all tasks of this timeline have ended after {timeout:g} s.")
        self._tick.flush()
        return self

    def finish(self) -> None:
        """Leave the picture of what is known now. Once."""
        self._over.set()
        self._tick.flush()

    def _show(self) -> None:
        try:
            if in_kernel() and not self._over.is_set():
                from labapp.show.front import TimelineFront

                self._front = TimelineFront(self._view())
                self._output.attach(self._front)
            self._tick.flush()
            if in_kernel():
                self._ipython_display_()
        except Exception as error:
            self._cannot_draw(error)
            with suppress(Exception):
                self._ipython_display_()

    def _changed(self, ids: object) -> None:
        tasks = self._recording.history.tasks
        found = [tasks.get(key) for key in self._ids]
        if all(told is None or told.place in (ENDED, UNACCOUNTED) for told in found):
            self._over.set()
        self._tick.touch()

    def _now(self) -> tuple[list[Told], dict[str, Any]]:
        history = self._recording.history
        with history.lock:
            tasks = [history.tasks[key] for key in self._ids if key in history.tasks]
            return tasks, layout(tasks, time.time())

    def _notes(self, tasks: Sequence[Told]) -> list[str]:
        notes = notes_of(self._recording, tasks)
        if self._left_out:
            notes.append(f"The last {MOST} are shown; {self._left_out:,} came before them.")
        return notes

    def _view(self) -> dict[str, Any]:
        tasks, drawn = self._now()
        head = {"text": in_words(tasks, drawn), "notes": self._notes(tasks)}
        return {"drawn": drawn, "head": head}

    def _draw(self) -> None:
        if self._front is not None:
            self._front.put(self._view())  # also at the end: a reloaded page keeps the widget
        if self._over.is_set():
            tasks, drawn = self._now()
            self._output.finish(picture(tasks, drawn, self._notes(tasks)))
            self._close()

    def _close(self) -> None:
        self._stop()
        self._tick.close()
        _open.discard(self)
        if self._own:
            self._recording.close()

    def _cannot_draw(self, error: Exception) -> None:
        self._over.set()
        self._output.finish(f"<p>The timeline cannot be drawn: {escape(error)}</p>")
        self._close()


def end_timelines(recording: Recording) -> None:
    """Leave the pictures of all timelines of this recording; used when a lab stops."""
    for opened in list(_open):
        if opened._recording is recording:
            opened.finish()
