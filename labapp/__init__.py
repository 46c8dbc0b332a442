"""A lab kit that teaches how to scale a Python web app with Flask, Celery and Redis.

    from labapp import Lab, watch
    lab = Lab().start()
    watch(lab.submit("thumbnails", count=24))

Importing this costs nothing: each name is imported when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labapp.display import figure as figure
    from labapp.grade.exercise import exercise as exercise
    from labapp.lab.mailbox import Mailbox as Mailbox
    from labapp.lab.stack import Stack as Stack
    from labapp.lesson import glossary as glossary
    from labapp.lesson import predict as predict
    from labapp.lesson import quiz as quiz
    from labapp.progress import report as report
    from labapp.progress import track as track
    from labapp.show import Lab as Lab
    from labapp.show import queue as queue
    from labapp.show import system_map as system_map
    from labapp.show import timeline as timeline
    from labapp.show import watch as watch

__version__ = "0.1.0"
_HOMES = {
    "Lab": "labapp.show",
    "watch": "labapp.show",
    "system_map": "labapp.show",
    "timeline": "labapp.show",
    "queue": "labapp.show",
    "Stack": "labapp.lab.stack",
    "Mailbox": "labapp.lab.mailbox",
    "track": "labapp.progress",
    "report": "labapp.progress",
    "figure": "labapp.display",
    "glossary": "labapp.lesson",
    "predict": "labapp.lesson",
    "quiz": "labapp.lesson",
    "exercise": "labapp.grade.exercise",
}
__all__ = [
    "Lab",
    "Mailbox",
    "Stack",
    "exercise",
    "figure",
    "glossary",
    "predict",
    "queue",
    "quiz",
    "report",
    "system_map",
    "timeline",
    "track",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
