"""system_map(): a lab as an animated picture, each task a dot that goes from part to part."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from labapp.display import LiveOutput, Tick, clean, escape, in_kernel
from labapp.live.recording import Recording
from labapp.live.told import Told, Try
from labapp.show.depths import Depths
from labapp.show.director import MOST, Director
from labapp.show.fault_switches import fault_actions
from labapp.show.map_picture import picture
from labapp.show.map_view import counts_of, held_by, part_view, results_words, rows_view, summary
from labapp.show.notes import notes_of
from labapp.show.stage import CODE, stage
from labapp.show.switches import Switches

if TYPE_CHECKING:
    from labapp.lab.part import Part
    from labapp.lab.stack import Stack

PERIOD = 0.1
LOOK_EVERY = 0.25
LOG_LINES = 8


class SystemMap:
    """The map of one lab. Made by ``lab.system_map()``; it ends with the lab."""

    text = "Map of the lab"

    def __init__(self, stack: Stack, recording: Recording) -> None:
        self._stack = stack
        self._recording = recording
        self._history = recording.history
        self._director = Director(self._history, self._origin, self._slot)
        self._front: Any = None
        self._finished = threading.Event()
        self.depths = Depths(stack, self._history)
        self._opened = ""
        self._lines: list[str] = []
        self._output = LiveOutput(
            self.text,
            placeholder=f"<p>{self.text}: run this cell to watch it live. While the lab runs, "
            "<code>lab.system_map()</code> shows it again.</p>",
        )
        self._tick = Tick(self._draw, PERIOD, on_error=self._cannot_draw)
        self.switches = Switches(stack, self._tick.touch)
        self.switches.add(partial(fault_actions, stack))
        self._stops = [
            stack.subscribe(lambda part: self._tick.touch()),
            self._history.subscribe(self._changed),
        ]

    def __repr__(self) -> str:
        return self.text

    def _ipython_display_(self) -> None:
        self._output.show_once_a_cell()

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    def snapshot(self) -> dict[str, Any]:
        """What is shown now, as plain data: counts, parts, rows of the broker, dots, and notes."""
        return {**self._view(), "counts": counts_of(self._history)}

    def finish(self) -> None:
        """Leave the last picture in the map's place. Once."""
        if self.finished:
            return
        self._finished.set()
        for stop in self._stops:
            stop()
        self._tick.close()
        try:
            self.depths.close()
            if self._front is not None:
                self._front.put(self._view())  # a page that was reloaded keeps the widget
            self._output.finish(picture(self._view(), notes_of(self._recording)))
        except Exception as error:
            self._cannot_draw(error)

    def _show(self) -> None:
        try:
            if in_kernel() and self._front is None and not self.finished:
                front = self._make_front()
                self._output.attach(front)
                self._begin(front)
            if in_kernel():
                self._ipython_display_()
        except Exception as error:
            self._cannot_draw(error)
            with suppress(Exception):
                self._ipython_display_()

    def _begin(self, front: Any) -> None:
        """Show changes on this widget from now on."""
        self._front = front
        threading.Thread(target=self._look, name="labapp-map", daemon=True).start()
        self._tick.touch()

    def _make_front(self) -> Any:
        from labapp.show.front import MapFront

        front = MapFront(self._view())
        front.listen(self._clicked)
        return front

    def _clicked(self, content: Any) -> None:
        with suppress(Exception):
            do, part = str(content["do"]), str(content.get("part") or "")
            if do == "seen":
                self.depths.see(str(content["view"])[:40], bool(content["on"]))
            elif do == "open":
                self._opened, self._lines = part, []
                self._read_lines()
                self._tick.touch()
            else:
                self.switches.act(part, do)

    def _look(self) -> None:
        """What nobody pushes: depths while on screen, silent workers, the log of the open part."""
        while not self._finished.wait(LOOK_EVERY):
            with suppress(Exception):
                self._history.look()
                if self.depths.on_screen:
                    if self.depths.look():
                        self._tick.touch()
                    self._read_lines()

    def _read_lines(self) -> None:
        part = self.switches.part(self._opened)
        lines = list(part.logs(LOG_LINES)) if part is not None else []
        if lines != self._lines:
            self._lines = lines
            self._tick.touch()

    def _changed(self, ids: Collection[str]) -> None:
        self._director.note(ids, time.time())
        self._tick.touch()

    def _draw(self) -> None:
        if self._front is not None and not self.finished:
            self._front.put(self._view())
            if self._director.unsettled:
                self._tick.touch()

    def _view(self) -> dict[str, Any]:
        now = time.time()
        parts = self._stack.parts()
        counts = counts_of(self._history)
        workers = list(self._stack.workers.values())
        drawn = stage(self.depths.queues(), workers, web=any(part.kind == "web" for part in parts))
        dots = self._director.dots(now)
        view: dict[str, Any] = {
            "stage": drawn,
            "rows": rows_view(drawn["queues"], self.depths.now),
            "results": results_words(self._history),
            "detail": self._detail(),
            "head": self._head(counts),
        }
        for box in drawn["boxes"]:
            part = self.switches.part(box["part"])
            if part is not None:
                busy = self.switches.busy.get(part.name, "")
                view[f"part:{box['key']}"] = part_view(part, busy, self._holds(part))
        return {**view, **dots}

    def _head(self, counts: dict[str, int]) -> dict[str, Any]:
        unended = counts["sent"] - counts["ended"] - counts["unaccounted"]
        more = max(0, unended - self._director.drawn_unended())
        return {
            "summary": summary(counts),
            "more": f"{more:,} more are counted, not drawn: at most {MOST} dots." if more else "",
            "notes": notes_of(self._recording),
            "message": self.switches.message,
        }

    def _detail(self) -> dict[str, Any] | None:
        part = self.switches.part(self._opened)
        if part is None:
            return None
        with self._history.lock:
            held = held_by(part.kind, getattr(part, "node", ""), self._history.tasks.values())
        return {
            "part": part.name,
            "title": f"{clean(part.name, 40)}: {self.switches.busy.get(part.name, part.state)}",
            "about": clean(" · ".join(filter(None, (part.detail, part.address))), 200),
            "reason": clean(part.reason, 300),
            "lines": [clean(line, 200) for line in self._lines],
            "held": held,
            "actions": [
                {"do": one.do, "label": one.label, "says": clean(one.says, 200)}
                for one in self.switches.of(part)
            ],
        }

    def _holds(self, part: Part) -> str:
        if part.kind != "worker":
            return ""
        running = self._history.running_in(getattr(part, "node", ""))
        return f"{running} of {getattr(part, 'concurrency', 1)} slots busy"

    def _origin(self, told: Told, one: Try) -> str:
        """Who sent it: the web app, a task in a slot, this process; "" if it was somebody else."""
        parent = self._history.tasks.get(told.parent) if told.parent != told.id else None
        if parent is not None and parent.last.slot is not None:
            return self._slot(parent, parent.last)
        web = next((part for part in self._stack.parts() if part.kind == "web"), None)
        if web is not None and one.sender is not None and one.sender == web.pid:
            return "web"
        return CODE if one.sender == os.getpid() else ""

    def _slot(self, told: Told, one: Try) -> str:
        node = one.worker.partition("@")[0]
        name = node if node in self._stack.workers else node.partition(".")[0]
        return f"slot:{name}:{one.slot or 0}"

    def _cannot_draw(self, error: Exception) -> None:
        self._finished.set()
        for stop in self._stops:
            with suppress(Exception):
                stop()
        with suppress(Exception):
            self._output.finish(f"<p>The map cannot be drawn: {escape(error)}</p>")
