"""A task's state in a word and a sign, so that colour never tells alone: for page and notebook."""

from __future__ import annotations

from dataclasses import dataclass

from celery import states

from labapp.live.state import ENDED, IGNORED, SKIPPED, UNKNOWN

NOT_ENDED = "NOT_ENDED"
"""Of the parts of a chord, which are only counted: they wait or run."""


@dataclass(frozen=True, slots=True)
class Word:
    """``kind`` names the colour; ``rank`` says who comes first when not all rows fit."""

    word: str
    sign: str
    kind: str
    rank: int = 0


WORDS = {
    states.PENDING: Word("waiting", "○", "waiting", 5),
    states.RECEIVED: Word("received", "○", "waiting", 4),
    states.STARTED: Word("started", "◐", "running"),
    "PROGRESS": Word("running", "◐", "running"),
    states.RETRY: Word("will retry", "↻", "retry", 1),
    states.SUCCESS: Word("success", "✓", "success", 6),
    states.FAILURE: Word("failure", "✕", "failure", 2),
    states.REVOKED: Word("revoked", "⊘", "revoked", 3),
    SKIPPED: Word("never ran", "-", "revoked", 3),
    ENDED: Word("ended", "●", "revoked", 6),
    NOT_ENDED: Word("not ended", "○", "waiting", 5),
    IGNORED: Word("not tracked", "-", "waiting", 3),
    UNKNOWN: Word("unknown", "?", "unknown", 2),
}


def word_for(state: str) -> Word:
    """The word for Celery's states; a custom state keeps its own name, in small letters."""
    return WORDS.get(state) or Word(state.lower(), "◐", "running")
