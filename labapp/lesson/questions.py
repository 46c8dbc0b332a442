"""The questions of a quiz: a choice, an order, a number; each knows what it says to every answer.

Answers come from a page, so they are checked like any input.
"""

from __future__ import annotations

import math
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from labapp.entries import Entry

Sentence = Annotated[str, Field(min_length=2, max_length=400)]


class AnswerError(ValueError):
    """The answer is none; the text says what to give."""


class Verdict(NamedTuple):
    """How an answer was: ``said`` is it in words, ``says`` what the quiz has to say to it."""

    right: bool
    says: str
    said: str


class Asked(Entry):
    """What all questions have. ``interview`` names questions of the bank that lean on it."""

    id: str = Field(pattern=r"^\d\d-[a-z0-9-]+$")
    ask: Sentence
    interview: tuple[str, ...] = ()


class Option(Entry):
    text: Sentence
    says: Sentence
    right: bool = False


class Choice(Asked):
    """One of several; each option has its own reply."""

    kind: Literal["choice"]
    options: tuple[Option, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def one_is_right(self) -> Choice:
        if sum(option.right for option in self.options) != 1:
            raise ValueError("exactly one option is right")
        return self

    def view(self) -> dict[str, Any]:
        """What the page shows; the answer stays here."""
        return {"kind": self.kind, "ask": self.ask, "options": [one.text for one in self.options]}

    def judge(self, value: object) -> Verdict:
        """``value`` is the place of the option, from 0."""
        option = self.options[place_of(value, len(self.options))]
        return Verdict(option.right, option.says, option.text)

    def answer(self) -> Verdict:
        return next(Verdict(True, one.says, one.text) for one in self.options if one.right)


class Step(Entry):
    """``says`` is told where this one stands in a wrong place."""

    text: Sentence
    says: Sentence


class Order(Asked):
    """Steps to put in order; the file has them in the right one."""

    kind: Literal["order"]
    steps: tuple[Step, ...] = Field(min_length=3, max_length=7)
    says: Sentence

    def shuffled(self) -> list[int]:
        """The places as they are shown first: the same in each run, and never the right order."""
        places = list(range(len(self.steps)))
        places.sort(key=lambda place: sha256(f"{self.id} {place}".encode()).digest())
        return places if places != sorted(places) else [*places[1:], places[0]]

    def view(self) -> dict[str, Any]:
        """What the page shows first."""
        shown = [self.steps[place].text for place in self.shuffled()]
        return {"kind": self.kind, "ask": self.ask, "options": shown}

    def judge(self, value: object) -> Verdict:
        """``value`` lists the places as shown, in the learner's order."""
        shown, count = self.shuffled(), len(self.steps)
        if not isinstance(value, list) or len(value) != count:
            raise AnswerError(f"Put the {count} steps in order.")
        given = [shown[place_of(one, count)] for one in value]
        if sorted(given) != sorted(shown):
            raise AnswerError(f"Put the {count} steps in order, each once.")
        said = _joined([self.steps[place].text for place in given])
        wrong = next((place for at, place in enumerate(given) if at != place), None)
        return Verdict(wrong is None, self.says if wrong is None else self.steps[wrong].says, said)

    def answer(self) -> Verdict:
        return Verdict(True, self.says, _joined([step.text for step in self.steps]))


class Slip(Entry):
    """A number that many take for the right one, and the reply to it."""

    value: float
    says: Sentence


class Number(Asked):
    """A number; ``near`` is the factor by which a right answer may be off, 1 where it may not."""

    kind: Literal["number"]
    right: float
    near: float = Field(default=1.0, ge=1.0, le=100.0)
    unit: str = ""
    says: Sentence
    low: Sentence
    high: Sentence
    slips: tuple[Slip, ...] = ()

    @model_validator(mode="after")
    def no_slip_is_right(self) -> Number:
        if any(is_near(slip.value, self.right, self.near) for slip in self.slips):
            raise ValueError("a slip is a wrong number")
        return self

    def view(self) -> dict[str, Any]:
        """What the page shows."""
        return {"kind": self.kind, "ask": self.ask, "unit": self.unit}

    def judge(self, value: object) -> Verdict:
        """``value`` is the number, also as text, also with a comma."""
        number = number_of(value)
        said = with_unit(number, self.unit)
        if is_near(number, self.right, self.near):
            return Verdict(True, self.says, said)
        slip = next((slip for slip in self.slips if slip.value == number), None)
        reply = slip.says if slip else self.low if number < self.right else self.high
        return Verdict(False, reply, said)

    def answer(self) -> Verdict:
        return Verdict(True, self.says, with_unit(self.right, self.unit))


Question = Annotated[Choice | Order | Number, Field(discriminator="kind")]


def place_of(value: object, count: int) -> int:
    """The place itself, from 0; AnswerError where there is none such."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise AnswerError("Choose one of the answers first.")
    return value


def number_of(value: object) -> float:
    """A finite number, from a number or from what somebody typed; AnswerError otherwise."""
    text = str(value).strip().replace(",", ".")
    try:
        number = float(text) if len(text) <= 40 else math.inf
    except ValueError:
        raise AnswerError("Type a number first, such as 2 or 0.5.") from None
    if not math.isfinite(number):
        raise AnswerError("Type a number that has an end, such as 2 or 0.5.")
    return number


def is_near(number: float, right: float, factor: float) -> bool:
    """Whether a number is the right one, or off by no more than a factor."""
    if number == right:
        return True
    return number * right > 0 and 1 / factor <= number / right <= factor and factor > 1


def with_unit(number: float, unit: str) -> str:
    """``2 seconds``, ``1 second``; units are given in the plural."""
    one = unit[:-1] if number == 1 and len(unit) > 2 and unit.endswith("s") else unit
    return f"{number:g} {one}".strip()


def _joined(texts: list[str]) -> str:
    return " → ".join(text.rstrip(".") for text in texts)
