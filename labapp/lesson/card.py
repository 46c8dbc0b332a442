"""A card with questions in a cell's output: a widget while it can be answered, then a page.

It never holds up a cell, and needs nobody to answer: a notebook that a program runs goes on.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from labapp.display import LiveOutput, Tick, in_kernel
from labapp.record import Record, RecordError

log = logging.getLogger(__name__)


def nobody_answers() -> bool:
    """Whether a program runs this notebook to store its outputs: a page is shown at once then."""
    return bool(os.environ.get("LABAPP_BUILD"))


class Card:
    """What predictions and quizzes share.

    ``text`` is its constant line; ``still`` gives the page (html), which is shown where there is
    no widget and when it is over; ``view`` gives the widget's model; ``heard`` takes what the page
    sends, on any thread.
    """

    def __init__(
        self,
        text: str,
        *,
        still: Callable[[], str],
        view: Callable[[], dict[str, Any]],
        heard: Callable[[dict[str, Any]], None],
    ) -> None:
        self.text = text
        self._still = still
        self._view = view
        self._heard = heard
        self._front: Any = None
        self._output = LiveOutput(text, placeholder=still())
        self._tick = Tick(self._draw)

    def show(self) -> None:
        """Show it in the cell that runs now; once a cell, however often it is asked for."""
        if not in_kernel():
            return
        if self._front is None and not self._output.finished:
            self._front = self._make_front()
            if self._front is None:
                self._output.finish(self._still())
            else:
                self._output.attach(self._front)
        self._output.show_once_a_cell()

    def touch(self) -> None:
        """Something changed: draw it soon. Any thread."""
        self._tick.touch()

    @property
    def reloaded(self) -> bool:
        """Whether a page has it that was loaded anew: no page can take its place there."""
        return self._front is not None and bool(self._front.joined_late)

    def finish(self) -> None:
        """It is over: the page takes the widget's place."""
        self._tick.flush()
        self._tick.close()
        self._output.finish(self._still())

    def _make_front(self) -> Any:
        if nobody_answers():
            return None
        try:
            from labapp.lesson.front import AskFront
        except ImportError:  # neither ipywidgets nor anywidget: the page has to do
            return None
        front = AskFront(self._view())
        front.listen(self._on_message)
        return front

    def _on_message(self, content: Any) -> None:
        try:
            self._heard(dict(content))
        except Exception:  # nobody is there to catch it, and a page may send anything
            log.debug("a message from a page was not understood", exc_info=True)

    def _draw(self) -> None:
        if self._front is not None:
            self._front.put(self._view())


def record(kind: str, subject: str, outcome: str, detail: dict[str, Any]) -> str:
    """Put an outcome on record; why not, in a sentence, where that cannot be; else nothing.

    A lesson goes on without its record.
    """
    try:
        Record().add(kind, subject, outcome, detail)
    except RecordError as error:
        return f"{error}"
    return ""


def shown_once(card: Card, text: str) -> None:
    """What `_ipython_display_` does for anything with a card."""
    if in_kernel():
        with suppress(Exception):
            card.show()
    else:
        print(text)
