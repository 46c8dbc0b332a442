"""The widget under every live display: one trait of changes, and a snapshot for late pages.

Imported only where something is displayed, since ipywidgets takes a fifth of a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

ASSETS = Path(__file__).parent / "assets"


def asset(*names: str) -> str:
    """Asset files as one text: a widget's JavaScript is one module, so shared code is joined."""
    return "\n".join((ASSETS / name).read_text("utf-8") for name in names)


class Front(anywidget.AnyWidget):
    """Sends a model (flat dict of plain values) to the page, and only what changed of it.

    Methods are for one thread at a time: the render tick's.
    """

    changes: Any = traitlets.Dict().tag(sync=True)
    # Serialised only when a page asks for the whole state: current after a reload, and no
    # traffic in between.
    snapshot: Any = traitlets.Dict().tag(sync=True, to_json=lambda _, widget: widget.whole())

    def __init__(self, model: dict[str, Any]) -> None:
        self._model = model
        self._asked = 0
        super().__init__()

    def whole(self) -> dict[str, Any]:
        """Everything that is shown now, and the kernel's clock, which the page's may not match."""
        self._asked += 1
        return {**self._model, "now": time.time()}

    @property
    def joined_late(self) -> bool:
        """Whether a page has come since it was made: one that was reloaded, say.

        Such a page shows the widget, and hears of no later output of the cell.
        """
        return self._asked > 1

    def put(self, model: dict[str, Any]) -> None:
        """Show this model from now on."""
        changed = {key: value for key, value in model.items() if self._model.get(key) != value}
        changed.update(dict.fromkeys(self._model.keys() - model.keys()))
        if changed:
            self._model = model
            self.changes = {**changed, "now": time.time()}

    def listen(self, handler: Callable[[dict[str, Any]], None]) -> None:
        """Hand what the page sends to ``handler``, also while a cell runs.

        A click is routed to the shell that spoke last on this widget, and that is busy while a
        cell runs. Without the private name below the handler is only called later.
        """
        self.on_msg(lambda _, content, __: handler(content))
        comm: Any = getattr(self, "comm", None)
        if hasattr(comm, "_reply_subshell_for"):
            comm._reply_subshell_for = lambda data, default: default


class ProgressFront(Front):
    """The view of watched tasks."""

    _esm = asset("common.js", "progress.js")
    _css = asset("common.css", "progress.css")


class PanelFront(Front):
    """The view of a lab's parts."""

    _esm = asset("common.js", "faults.js", "panel.js")
    _css = asset("common.css", "panel.css", "faults.css")


class TimelineFront(Front):
    """The view of tasks over time."""

    _esm = asset("common.js", "svg.js", "timeline.js")
    _css = asset("common.css", "timeline.css")


class MapFront(Front):
    """The view of a lab's parts with tasks going from one to the other."""

    _esm = asset("common.js", "svg.js", "map_stage.js", "map_player.js", "map.js")
    _css = asset("common.css", "map.css")
