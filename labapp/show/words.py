"""States as a notebook shows them: cut and cleaned, counted, in a cell of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from labapp.display import Html, clean, escape
from labapp.live import words
from labapp.live.words import Word

VARIANT = "\ufe0e"  # asks for the sign as text where a platform would draw an emoji
#: Celery's names for how a try ended, by the outcome that a history notes.
OUTCOMES = {
    "succeeded": "SUCCESS",
    "failed": "FAILURE",
    "revoked": "REVOKED",
    "retried": "RETRY",
    "rejected": "REVOKED",
}


def word_for(state: str) -> Word:
    """The word for a state, be it a stranger's."""
    return words.word_for(clean(state, 30))


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
