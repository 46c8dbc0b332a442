"""What the record holds: one outcome a line, never changed once it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: What can have an outcome: a check of an exercise, a hint that was given, an exercise that was
#: passed, an explanation that was read, a prediction, a quiz's answer, an interview question.
KINDS = ("check", "hint", "pass", "explain", "prediction", "quiz", "question")
#: Characters of a subject or an outcome, and bytes of a detail: it is a record, not a store.
WORD_LIMIT = 200
DETAIL_LIMIT = 16_384


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the record: of what kind, about what, how it went, and when (UTC).

    ``number`` grows with each line, so that it tells the order where the clock does not.
    """

    number: int
    at: datetime
    kind: str
    subject: str
    outcome: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """All outcomes of one kind and subject: how often each was, the last one, and when that was."""

    kind: str
    subject: str
    counts: dict[str, int]
    last: str
    at: datetime

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def checked_word(what: str, text: str) -> str:
    """The text itself; ValueError where it is not one short line."""
    if not isinstance(text, str) or not 0 < len(text) <= WORD_LIMIT or not text.isprintable():
        raise ValueError(
            f"The {what} of an outcome is one line of 1 to {WORD_LIMIT} characters, "
            f"and {ascii(text)[:80]} is none."
        )
    return text


def checked_kind(kind: str) -> str:
    """The kind itself; ValueError, with those there are, where the record knows it not."""
    if kind not in KINDS:
        raise ValueError(f"The record knows no kind {kind!r}; there are {', '.join(KINDS)}.")
    return kind


def encoded(detail: Mapping[str, Any] | None) -> str:
    """The detail as JSON; ValueError where JSON cannot hold it, or where it is long."""
    try:
        text = json.dumps(dict(detail or {}), sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The detail of an outcome has to be plain data: {error}.") from None
    if len(text) > DETAIL_LIMIT:
        raise ValueError(f"The detail of an outcome has {len(text):,} bytes; {DETAIL_LIMIT:,} do.")
    return text
