"""A task's state in a word and a sign, so that colour never tells alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from celery import states

from labapp.display import Html, clean, escape
from labapp.live.state import ENDED, IGNORED, SKIPPED, UNKNOWN

NOT_ENDED = "NOT_ENDED"
"""Of the parts of a chord, which are only counted: they wait or run."""
VARIANT = "\ufe0e"  # asks for the sign as text where a platform would draw an emoji


@dataclass(frozen=True, slots=True)
class Word:
    """``kind`` names the colour; ``rank`` says who comes first when not all rows fit."""

    word: str
    sign: str
    kind: str
    rank: int


_WORDS = {
    states.PENDING: Word("waiting", "○", "waiting", 5),
    states.RECEIVED: Word("received", "○", "waiting", 4),
    states.STARTED: Word("started", "◐", "running", 0),
    "PROGRESS": Word("running", "◐", "running", 0),
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
    known = _WORDS.get(state)
    return known or Word(clean(state, 30).lower(), "◐", "running", 0)


def picture_of(sign: str, word: str) -> Html:
    """``✓ success`` for a cell of a table, on one line."""
    return Html(f"{escape(sign)}&nbsp;{escape(word).replace(' ', '&nbsp;')}")


def count_words(counts: Mapping[str, int]) -> list[tuple[Word, int]]:
    """How many tasks are in which state, ended ones first; states nobody is in are left out."""
    named: Counter[Word] = Counter()
    for state, count in counts.items():
        named[word_for(state)] += count
    found = [(word, count) for word, count in named.items() if count > 0]
    return sorted(found, key=lambda item: (-item[0].rank, item[0].word))
