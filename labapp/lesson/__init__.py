"""What a lesson asks and keeps: predictions, quizzes, the glossary, and where the learner stands.

    from labapp.lesson import glossary, predict, progress, quiz

Outcomes go to the learner's record. Each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labapp.lesson.guessing import predict as predict
    from labapp.lesson.quizzing import quiz as quiz
    from labapp.lesson.standing import progress as progress
    from labapp.lesson.terms import glossary as glossary

# No module here may be called as one of these: importing it would hide the function.
_HOMES = {
    "glossary": "labapp.lesson.terms",
    "predict": "labapp.lesson.guessing",
    "progress": "labapp.lesson.standing",
    "quiz": "labapp.lesson.quizzing",
}
__all__ = ["glossary", "predict", "progress", "quiz"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
