"""What a prediction asks for: one of several, or a number; and how it is set beside what came."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from labapp.entries import Entry
from labapp.lesson.questions import (
    AnswerError,
    Asked,
    Sentence,
    is_near,
    number_of,
    place_of,
    with_unit,
)


class Beside(NamedTuple):
    """A guess and what came, in words, and how near it was: right, near or off."""

    said: str
    came: str
    word: str


class Way(Entry):
    """One way it may come: ``key`` is what the lesson's code says when it came so."""

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    text: Sentence


class ChoiceGuess(Asked):
    """The learner says which of several ways it will go."""

    kind: Literal["choice"]
    options: tuple[Way, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def keys_differ(self) -> ChoiceGuess:
        if len({way.key for way in self.options}) != len(self.options):
            raise ValueError("each option has a key of its own")
        return self

    def view(self) -> dict[str, Any]:
        """What the page shows."""
        return {"kind": self.kind, "ask": self.ask, "options": [way.text for way in self.options]}

    def words(self, value: object) -> str:
        """The guess in words; ``value`` is the place of the option, from 0."""
        return self.options[place_of(value, len(self.options))].text

    def came(self, outcome: object) -> str:
        """What came in words; ``outcome`` is an option's key. ValueError where it is none."""
        for way in self.options:
            if way.key == outcome:
                return way.text
        keys = ", ".join(way.key for way in self.options)
        raise ValueError(f"The outcome of prediction {self.id} is one of {keys}; not {outcome!r}.")

    def beside(self, value: object, outcome: object) -> Beside:
        """The guess beside what came."""
        said, came = self.words(value), self.came(outcome)
        return Beside(said, came, "right" if said == came else "off")


class NumberGuess(Asked):
    """The learner says a number; it is near where it is off by no more than a factor ``near``."""

    kind: Literal["number"]
    unit: str = ""
    near: float = Field(default=2.0, ge=1.0, le=100.0)

    def view(self) -> dict[str, Any]:
        """What the page shows."""
        return {"kind": self.kind, "ask": self.ask, "unit": self.unit}

    def words(self, value: object) -> str:
        """The guess in words; ``value`` is a number, also as text."""
        return with_unit(number_of(value), self.unit)

    def came(self, outcome: object) -> str:
        """What came in words, to three digits. ValueError where it is no number."""
        try:
            return with_unit(float(f"{number_of(outcome):.3g}"), self.unit)
        except AnswerError:
            raise ValueError(
                f"The outcome of prediction {self.id} is a number; not {outcome!r}."
            ) from None

    def beside(self, value: object, outcome: object) -> Beside:
        """The guess beside what came."""
        guess, was = number_of(value), number_of(outcome)
        near = "near" if is_near(guess, was, self.near) else "off"
        return Beside(self.words(value), self.came(outcome), "right" if guess == was else near)


Guess = Annotated[ChoiceGuess | NumberGuess, Field(discriminator="kind")]
