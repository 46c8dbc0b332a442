"""Exercises: a broken system, hints in steps, a check that judges by what the system does.

`exercise(id)` is the learner's way in; `run_check` judges a folder of files, for the command line
and the proofs. The names are imported when first used: a check runs in a process of its own, which
needs few of them.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "exercise": "labapp.grade.exercise",
    "Exercise": "labapp.grade.exercise",
    "Manifest": "labapp.grade.manifest",
    "catalogue": "labapp.grade.manifest",
    "run_check": "labapp.grade.sandbox",
    "judge_lab": "labapp.grade.in_place",
    "Trial": "labapp.grade.trial",
    "Verdict": "labapp.grade.verdict",
    "Requirement": "labapp.grade.verdict",
    "GradeError": "labapp.grade.errors",
    "ManifestError": "labapp.grade.errors",
    "AnswerError": "labapp.grade.errors",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
