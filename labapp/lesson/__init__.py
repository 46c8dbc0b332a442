"""What a lesson asks and keeps: predictions, quizzes, the glossary, and where the learner stands.

    from labapp.lesson import predict, progress, quiz

Outcomes go to the learner's record. Each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labapp.lesson.standing import progress as progress

_HOMES = {"progress": "labapp.lesson.standing"}
__all__ = ["progress"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
