"""How far a learner is with each exercise, as the record tells it: checks, hints, passes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from labapp.grade.verdict import Verdict
from labapp.record import Record, RecordError, RecordWarning

#: Checks of so many different changed answers, and the story may be told.
HONEST_TRIES = 3


@dataclass(frozen=True)
class Entry:
    """One exercise: how many checks, of how many different changed answers, hints, passes."""

    checks: int = 0
    tried: int = 0
    hints: int = 0
    passes: int = 0

    @property
    def may_explain(self) -> bool:
        return self.passes > 0 or self.tried >= HONEST_TRIES

    @property
    def word(self) -> str:
        """Where it stands, in a word or two."""
        return "passed" if self.passes else "tried" if self.checks else "not begun"


class Book:
    """The learner's entries in the record; one that cannot be kept is told and stops nobody.

    What this kernel did counts even then: hints go on, and the story is told when it is due.
    """

    def __init__(self, record: Record | None = None) -> None:
        self._record = record or Record()
        self._unkept: list[tuple[str, str, str, str]] = []

    def entry(self, exercise: str) -> Entry:
        """What is known of one exercise."""
        told = [one for one in self._unkept if one[1] == exercise]
        try:
            told += [
                (one.kind, exercise, one.outcome, str(one.detail.get("changed", "")))
                for one in self._record.outcomes(subject=exercise)
            ]
        except RecordError as error:
            self._warn(error)
        kinds = [kind for kind, *_ in told]
        tried = {changed for kind, _, _, changed in told if kind == "check" and changed}
        steps = [int(step) for kind, _, step, _ in told if kind == "hint" and step.isdigit()]
        return Entry(kinds.count("check"), len(tried), max(steps, default=0), kinds.count("pass"))

    def note_check(self, verdict: Verdict, changed: str) -> None:
        """One more check; `changed` tells a changed answer from others, empty for an untouched."""
        self._add("check", verdict.exercise, verdict.status, changed, verdict.diagnosis)
        if verdict.passed:
            self._add("pass", verdict.exercise, "passed")

    def note_hint(self, exercise: str, step: int) -> None:
        self._add("hint", exercise, str(step))

    def note_explain(self, exercise: str) -> None:
        self._add("explain", exercise, "read")

    def _add(
        self, kind: str, exercise: str, outcome: str, changed: str = "", diagnosis: str = ""
    ) -> None:
        detail = {"changed": changed, "diagnosis": diagnosis}
        try:
            self._record.add(kind, exercise, outcome, {k: v for k, v in detail.items() if v})
        except RecordError as error:
            self._unkept.append((kind, exercise, outcome, changed))
            self._warn(error)

    def _warn(self, error: RecordError) -> None:
        warnings.warn(str(error), RecordWarning, stacklevel=4)
