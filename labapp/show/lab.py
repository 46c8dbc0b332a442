"""The Lab: the Stack as a notebook shows it."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Self
from weakref import WeakSet

from labapp.display import cell_id, cell_number, in_kernel
from labapp.lab.errors import LabError
from labapp.lab.hub import browser_address
from labapp.show.job import Job, job_from
from labapp.show.link import Link
from labapp.show.look.look import Look, queue
from labapp.show.looking_back import LooksBack
from labapp.show.panel import Panel
from labapp.show.watching import end_all

REPLACED_WITHIN = 0.5
"""Seconds for the running tasks of a lab whose cell is run again: nobody sees their results."""
_started: WeakSet[Lab] = WeakSet()


class Lab(LooksBack):
    """A real Redis, Celery workers and a web app, with a panel that shows them in a notebook.

    Takes what ``Stack`` takes. ``start`` displays the panel; ``stop`` leaves a picture of what
    ran. Outside a notebook it shows nothing and does the same.
    """

    _panel: Panel | None = None
    _cell: str | None = None
    _run: int | None = None

    def __repr__(self) -> str:
        return "Lab: Redis, workers and a web app"

    def _ipython_display_(self) -> None:
        if self._panel is None:
            print(self)
        else:
            self._panel.show()

    def start(self, timeout: float = 30.0) -> Self:
        """Start every part, side by side, and show the panel; starting twice is harmless.

        Run again, a cell ends the lab that it started before: its panel is gone, and mostly its
        name is too.

        Raises LabError, which says in a sentence which part could not start, why, and what to do.
        """
        self._show_panel()
        try:
            self._replace_earlier()
            super().start(timeout)
            self._begin_recording()
            return self
        except BaseException:
            if self._panel is not None:
                self._panel.finish("It could not start.")
            raise

    def stop(self, timeout: float = 5.0) -> None:
        """End every part and leave the last picture of the panel and of what was watched."""
        self._end_watches()
        self._end_looking_back()
        try:
            super().stop(timeout)
        finally:
            if self._panel is not None and not self.running:
                self._panel.finish()

    @property
    def dashboard(self) -> Link:
        """The web app's page for people, as a link to click; under a hub, through its proxy."""
        return Link(browser_address(self.url, os.environ), "The dashboard")

    def queue(self, *, messages: int = 10, keys: int = 30) -> Look:
        """What is in this lab's Redis now: messages, unacknowledged ones, results, other keys.

        See `labapp.queue`, which does the same for any Celery app.
        """
        _ = self.guardian
        return queue(self.celery, messages=messages, keys=keys)

    def submit(self, name: str, **arguments: Any) -> Job:
        """Send a task by a real POST /tasks/<name>; the AsyncResult of it comes back."""
        job = job_from(super().submit(name, **arguments), name)
        self._expect(job.id, name)
        return job

    def _show_panel(self) -> None:
        if not in_kernel() or (self._panel is not None and not self._panel.finished):
            return
        self._panel = Panel(self, repr(self))
        self._panel.show()

    def _begin_recording(self) -> None:
        """In a notebook it remembers from the start: who asks later wants to see what was."""
        with contextlib.suppress(Exception):
            if in_kernel():
                _ = self.recording

    def _replace_earlier(self) -> None:
        if self.running:
            return
        self._cell, self._run = cell_id(), cell_number()
        if self._cell is None:
            return
        for other in [lab for lab in _started if lab._cell == self._cell and lab is not self]:
            # A cell may well start two labs at once; only those of an earlier run are replaced.
            if other._run != self._run and other.running:
                self._tell("This cell was run again, so the lab that it started before was ended.")
                try:
                    other.stop(REPLACED_WITHIN)
                except LabError as error:
                    self._tell(str(error))
        _started.add(self)

    def _tell(self, message: str) -> None:
        if self._panel is not None:
            self._panel.switches.tell(message)

    def _end_watches(self) -> None:
        with contextlib.suppress(Exception):
            end_all(self.redis.address.partition("/")[0], "The lab was stopped.")
