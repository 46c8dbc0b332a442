"""States in words and signs for people who look at a page; those of tasks are the notebooks'."""

from __future__ import annotations

from labapp.live.words import WORDS, Word, word_for

LONGEST = 30
PART_WORDS = {
    "ready": Word("ready", "✓", "success"),
    "missing": Word("missing", "✕", "failure"),
    "unavailable": Word("unavailable", "✕", "failure"),
    "unknown": Word("unknown", "?", "unknown"),
}


def task_word(state: str) -> Word:
    """The word for a task's state; a custom one keeps its own name, in small letters."""
    return word_for(state[:LONGEST])


def part_word(state: str) -> Word:
    """The word for the state of a part of the app."""
    return PART_WORDS.get(state) or Word(state[:LONGEST], "?", "unknown")


def word_list() -> dict[str, dict[str, list[str]]]:
    """Both lists as plain data, for the script of a page."""
    return {
        name: {state: [word.word, word.sign, word.kind] for state, word in words.items()}
        for name, words in (("task", WORDS), ("part", PART_WORDS))
    }
