"""The Lab's panel: each part with its state, its last words and its switches."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from labapp.display import LiveOutput, Tick, escape
from labapp.show.fault_switches import fault_actions, switches_for
from labapp.show.panel_view import picture, view_of
from labapp.show.switches import Switches

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

LOOK_EVERY = 0.5
"""Seconds between two looks at the logs."""


class Panel:
    """Shows the parts of a running Stack until ``finish``; drawing never disturbs the Stack."""

    def __init__(self, stack: Stack, text: str) -> None:
        self._stack = stack
        self._lines: dict[str, str] = {}
        self._front: Any = None
        self._output = LiveOutput(
            text,
            placeholder=f"<p>{escape(text)}: run this cell to start it. While it runs, its name "
            "(mostly <code>lab</code>) in a cell of its own shows this panel again.</p>",
        )
        self._tick = Tick(self._draw, on_error=self._cannot_draw)
        #: What its buttons do; what goes wrong becomes a sentence below the parts.
        self.switches = Switches(stack, self._tick.touch)
        self.switches.add(partial(fault_actions, stack))
        self._finished = threading.Event()
        self._unsubscribe = stack.subscribe(lambda part: self._tick.touch())

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    def show(self) -> None:
        """Display it in the cell that runs now, once; in a later one for one more view of it."""
        try:
            if self._front is None and not self.finished:
                self._front = self._make_front()
                self._output.attach(self._front)
                threading.Thread(target=self._read_logs, name="labapp-panel", daemon=True).start()
            self._output.show_once_a_cell()
        except Exception as error:
            self._cannot_draw(error)
            with contextlib.suppress(Exception):
                self._output.show_once_a_cell()

    def finish(self, note: str = "") -> None:
        """Leave the last picture in the panel's place."""
        if self.finished:
            return
        self._finished.set()
        self._unsubscribe()
        self._tick.close()
        try:
            if self._front is not None:
                self._front.put(self._view())
            self._output.finish(picture(self._stack.parts(), note))
        except Exception as error:
            self._cannot_draw(error)

    def _make_front(self) -> Any:
        try:
            from labapp.show.front import PanelFront
        except ImportError:
            return None
        front = PanelFront(self._view())
        front.listen(self._clicked)
        return front

    def _clicked(self, content: Any) -> None:
        with contextlib.suppress(Exception):
            do = " ".join(str(content[key]) for key in ("do", "fault") if key in content)
            self.switches.act(str(content["part"]), do)

    def _read_logs(self) -> None:
        while not self._finished.wait(LOOK_EVERY):
            lines = {}
            for part in self._stack.parts():
                with contextlib.suppress(Exception):
                    lines[part.name] = part.last_line
            if lines != self._lines:
                self._lines = lines
                self._tick.touch()

    def _draw(self) -> None:
        if self._front is not None and not self.finished:
            self._front.put(self._view())

    def _view(self) -> dict[str, Any]:
        return view_of(
            self._stack.parts(),
            self._lines,
            dict(self.switches.busy),
            running=self._stack.running,
            message=self.switches.message,
            switches={p.name: switches_for(self._stack, p) for p in self._stack.parts()},
        )

    def _cannot_draw(self, error: Exception) -> None:
        self._finished.set()
        with contextlib.suppress(Exception):
            self._unsubscribe()
        with contextlib.suppress(Exception):
            self._output.finish(f"<p>The lab's panel cannot be drawn: {escape(error)}</p>")
