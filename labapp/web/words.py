"""States in a word and a sign for people who look at a page, so that colour never tells alone.

The same words and signs as in the notebooks; this package may not import those, so a test keeps
the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass

from celery import states

LONGEST = 30


@dataclass(frozen=True, slots=True)
class Word:
    """How a state is said; `kind` names its colour."""

    word: str
    sign: str
    kind: str


TASK_WORDS = {
    states.PENDING: Word("waiting", "○", "waiting"),
    states.RECEIVED: Word("received", "○", "waiting"),
    states.STARTED: Word("started", "◐", "running"),
    "PROGRESS": Word("running", "◐", "running"),
    states.RETRY: Word("will retry", "↻", "retry"),
    states.SUCCESS: Word("success", "✓", "success"),
    states.FAILURE: Word("failure", "✕", "failure"),
    states.REVOKED: Word("revoked", "⊘", "revoked"),
    "UNKNOWN": Word("unknown", "?", "unknown"),
}

PART_WORDS = {
    "ready": Word("ready", "✓", "success"),
    "missing": Word("missing", "✕", "failure"),
    "unavailable": Word("unavailable", "✕", "failure"),
    "unknown": Word("unknown", "?", "unknown"),
}


def task_word(state: str) -> Word:
    """The word for a task's state; a custom one keeps its own name, in small letters."""
    known = TASK_WORDS.get(state)
    return known or Word(state[:LONGEST].lower(), "◐", "running")


def part_word(state: str) -> Word:
    """The word for the state of a part of the app."""
    return PART_WORDS.get(state) or Word(state[:LONGEST], "?", "unknown")


def word_list() -> dict[str, dict[str, list[str]]]:
    """Both lists as plain data, for the script of a page."""
    return {
        name: {state: [word.word, word.sign, word.kind] for state, word in words.items()}
        for name, words in (("task", TASK_WORDS), ("part", PART_WORDS))
    }
