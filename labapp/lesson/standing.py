"""Where the learner stands: what the record holds, as a table in a notebook or in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from labapp.display import Html, aligned, clean, escape, table
from labapp.record import Record, Tally

EXERCISES, ASKED = "Exercises", "Lessons and interview"
#: What makes up an exercise's row; the other kinds have a row for each subject.
_OF_EXERCISES = ("check", "hint", "pass", "explain")
_NOUNS = {"check": "check", "hint": "hint", "explain": "explanation"}
COLUMNS = {
    EXERCISES: ("exercise", "state", "so far", "last"),
    ASKED: ("what", "id", "last answer", "answers", "last"),
}
NOTHING = "Nothing is on record yet: it begins with your first prediction, quiz or check."


class Standing(NamedTuple):
    """One table: its title, and its rows as text."""

    title: str
    rows: list[tuple[str, ...]]


class Progress:
    """What is on record, as ``progress`` finds it: a cell's last expression shows it."""

    def __init__(self, standings: Sequence[Standing], where: str) -> None:
        self.standings = standings
        self._where = where

    def __repr__(self) -> str:
        # Constant: what a notebook stores must not hang on who ran it.
        return "Your progress"

    def __str__(self) -> str:
        if not self.standings:
            return f"{NOTHING}\n{self._where}"
        tables = [_as_text(one) for one in self.standings]
        return "\n\n".join([*tables, self._where])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        tables = [table(COLUMNS[one.title], one.rows, caption=one.title) for one in self.standings]
        html = "".join(tables) or Html(f"<p>{escape(NOTHING)}</p>")
        return {"text/html": html, "text/plain": repr(self)}


def progress(record: Record | None = None) -> Progress:
    """Show what you tried so far and how it went: exercises, predictions, quizzes and questions.

    Raises RecordError, with a sentence, where the record cannot be read.
    """
    record = record or Record()
    return Progress(standings(record.tallies()), f"Kept in {record.path}, and nowhere else.")


def run_progress() -> int:
    """Print where the learner stands."""
    print(progress())
    return 0


def standings(tallies: Iterable[Tally]) -> list[Standing]:
    """The tables that have rows, each in the order in which things were first met."""
    exercises: dict[str, dict[str, Tally]] = {}
    asked = []
    for tally in tallies:
        if tally.kind in _OF_EXERCISES:
            exercises.setdefault(tally.subject, {})[tally.kind] = tally
        else:
            asked.append(_row(tally))
    found = [
        Standing(EXERCISES, [_exercise(name, kinds) for name, kinds in exercises.items()]),
        Standing(ASKED, asked),
    ]
    return [one for one in found if one.rows]


def _exercise(name: str, kinds: dict[str, Tally]) -> tuple[str, ...]:
    state = "✓ passed" if "pass" in kinds else "○ not passed yet"
    counted = [_times(kinds[kind].total, noun) for kind, noun in _NOUNS.items() if kind in kinds]
    last = max(tally.at for tally in kinds.values())
    return (clean(name), state, ", ".join(counted), f"{last.astimezone():%Y-%m-%d %H:%M}")


def _row(tally: Tally) -> tuple[str, ...]:
    when = f"{tally.at.astimezone():%Y-%m-%d %H:%M}"
    counted = ", ".join(f"{count} {clean(outcome)}" for outcome, count in tally.counts.items())
    return (tally.kind, clean(tally.subject), clean(tally.last), counted, when)


def _times(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _as_text(standing: Standing) -> str:
    lines = aligned([COLUMNS[standing.title], *standing.rows])
    return "\n".join([standing.title, *(f"  {line}" for line in lines)])
