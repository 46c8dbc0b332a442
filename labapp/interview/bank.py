"""The question bank, read from data files: one TOML file a topic, in `questions/`."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

from labapp.entries import read_entry
from labapp.interview.question import Question, Topic

FOLDER = Path(__file__).parent / "questions"


class BankError(RuntimeError):
    """A file of the bank cannot be used, or holds no such question; the text names it."""


@cache
def topics(folder: Path = FOLDER) -> tuple[Topic, ...]:
    """Every topic with its questions, in order. Raises BankError for a file that is wrong."""
    found = tuple(read(path) for path in sorted(folder.glob("[0-9][0-9]_*.toml")))
    ids = [question.id for topic in found for question in topic.question]
    for key in ids:
        if ids.count(key) > 1:
            raise BankError(f"The question {key} is in two topics.")
    return found


def questions(folder: Path = FOLDER) -> dict[str, Question]:
    """Every question by its id, in order of their numbers."""
    all_of_them = (question for topic in topics(folder) for question in topic.question)
    return {question.id: question for question in sorted(all_of_them, key=lambda one: one.id)}


def read(path: Path) -> Topic:
    """One file; BankError names the file, the entry and the field that is wrong."""
    topic = read_entry(path, Topic, BankError)
    if topic.topic != path.stem:
        raise BankError(f"{path.name} calls itself {topic.topic}.")
    return topic


def unproved(
    asked: Collection[Question], claims: Collection[str], exercises: Collection[str]
) -> list[str]:
    """The ids of questions that nothing proves yet, given the claims and exercises there are."""
    return [
        question.id
        for question in asked
        if not any(proof.claim in claims or proof.exercise in exercises for proof in question.proof)
    ]
