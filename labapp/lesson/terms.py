"""glossary(): the words of the kit, each in a sentence, with the lesson that shows the thing."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from labapp.display import Html, table
from labapp.entries import Entry
from labapp.lesson.content import FOLDER, ContentError
from labapp.lesson.pages import plain, rich
from labapp.lesson.questions import Sentence

FILE = FOLDER / "glossary.toml"


class Term(Entry):
    """One word: what it means, and the number of its lesson, empty while there is none."""

    term: str = Field(pattern=r"^[a-z][a-z ]+$")
    says: Sentence
    lesson: str = Field(pattern=r"^(\d\d)?$")

    @property
    def anchor(self) -> str:
        """Where the glossary's notebook has it: JupyterLab and nbconvert make it of the heading."""
        return self.heading.replace(" ", "-")

    @property
    def heading(self) -> str:
        return self.term.capitalize()


class Glossary(Entry):
    """All terms, by alphabet."""

    term: tuple[Term, ...]

    @model_validator(mode="after")
    def each_once_and_in_order(self) -> Glossary:
        names = [one.term for one in self.term]
        if names != sorted(set(names)):
            raise ValueError("terms stand once each, in the order of the alphabet")
        return self


class Words:
    """Some terms, as a cell's last expression shows them. Made by ``glossary``."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)

    def __repr__(self) -> str:
        return "\n".join(f"{one.term}: {plain(one.says)}" for one in self.terms)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        rows = [(one.term, rich(one.says), one.lesson) for one in self.terms]
        html: Html = table(("word", "what it means", "lesson"), rows)
        return {"text/html": html, "text/plain": repr(self)}


def glossary(*words: str) -> Words:
    """Say what words of the kit mean: ``glossary("broker", "prefetch")``; all of them without one.

    Raises ContentError, with the nearest words there are, for one that is unknown.
    """
    known = {one.term: one for one in terms()}
    for word in words:
        if word.lower() not in known:
            near = get_close_matches(word.lower(), known, n=3, cutoff=0.4) or list(known)
            raise ContentError(f"The glossary has no {word!r}. It has: {', '.join(near)}.")
    return Words([known[word.lower()] for word in words] or list(known.values()))


@cache
def terms(file: Path = FILE) -> tuple[Term, ...]:
    """Every term, by alphabet."""
    return Glossary.model_validate(tomllib.loads(file.read_text("utf-8"))).term
