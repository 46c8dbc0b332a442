"""What a notebook shows: the Lab with its panel, and the progress of tasks.

Lazy, so that a script that displays nothing imports no widgets.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labapp.show.lab import Lab as Lab
    from labapp.show.look.look import Look as Look
    from labapp.show.look.look import queue as queue
    from labapp.show.looking_back import system_map as system_map
    from labapp.show.looking_back import timeline as timeline
    from labapp.show.watching import Watch as Watch
    from labapp.show.watching import watch as watch

# No module here may be called `watch`, `queue`, `timeline` or `system_map`: importing it would
# hide the function of that name.
_HOMES = {
    "Lab": "labapp.show.lab",
    "Look": "labapp.show.look.look",
    "queue": "labapp.show.look.look",
    "Watch": "labapp.show.watching",
    "system_map": "labapp.show.looking_back",
    "timeline": "labapp.show.looking_back",
    "watch": "labapp.show.watching",
}
__all__ = ["Lab", "Look", "Watch", "queue", "system_map", "timeline", "watch"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
