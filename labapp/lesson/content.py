"""What lessons ask, read from data files: one TOML file a lesson, beside this module."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import Field, model_validator

from labapp.entries import Entry, read_entry
from labapp.lesson.guesses import Guess
from labapp.lesson.questions import Question

FOLDER = Path(__file__).parent / "content"


class ContentError(RuntimeError):
    """A file of questions cannot be used, or holds no such id; the text names file and place."""


class Lesson(Entry):
    """What one lesson asks. ``lesson`` is the notebook's name, and its number begins every id."""

    lesson: str = Field(pattern=r"^\d\d_[a-z0-9_]+$")
    prediction: tuple[Guess, ...] = ()
    question: tuple[Question, ...] = ()

    @model_validator(mode="after")
    def ids_are_the_lessons_own(self) -> Lesson:
        ids = [one.id for one in (*self.prediction, *self.question)]
        for one in ids:
            if not one.startswith(f"{self.lesson[:2]}-"):
                raise ValueError(f"the id {one} does not begin with {self.lesson[:2]}-")
            if ids.count(one) > 1:
                raise ValueError(f"the id {one} is there twice")
        return self


def lessons(folder: Path = FOLDER) -> Iterator[Lesson]:
    """Every lesson that asks something, in reading order."""
    for path in sorted(folder.glob("[0-9][0-9]_*.toml")):
        yield read(path)


def lesson_of(name: str, folder: Path = FOLDER) -> Lesson:
    """The lesson with this name, this number, or the number that this id begins with."""
    known = sorted(folder.glob("[0-9][0-9]_*.toml"))
    for path in known:
        if path.stem == name or (path.stem[:2] == name[:2] and not name[2:].startswith("_")):
            return read(path)
    there = ", ".join(path.stem for path in known)
    raise ContentError(f"No lesson {name!r} asks anything. Those that do: {there}.")


def prediction_of(key: str, folder: Path = FOLDER) -> Guess:
    """The prediction with this id; ContentError, with those of its lesson, where there is none."""
    lesson = lesson_of(key, folder)
    for guess in lesson.prediction:
        if guess.id == key:
            return guess
    there = ", ".join(guess.id for guess in lesson.prediction) or "none"
    raise ContentError(f"{lesson.lesson} has no prediction {key!r}. It has: {there}.")


@cache
def read(path: Path) -> Lesson:
    """One file; ContentError names the file, the entry and the field that is wrong."""
    lesson = read_entry(path, Lesson, ContentError)
    if lesson.lesson != path.stem:
        raise ContentError(f"{path.name} calls itself {lesson.lesson}.")
    return lesson
