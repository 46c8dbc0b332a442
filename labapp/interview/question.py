"""One question of the bank: what is asked, what a good answer has, and what proves it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labapp.entries import Entry

Level = Literal["basic", "working", "deep"]
Sentence = Annotated[str, Field(min_length=8, max_length=400)]

#: Lessons that hold, or will hold, proofs. Those without a number have no notebook yet.
LESSONS = (
    *("00_start_here", "01_why_a_queue", "02_six_ideas", "03_build_the_app"),
    *("04_progress_and_results", "05_when_things_fail"),
    *("redis_as_broker", "routing", "monitoring", "workflows", "scale"),
    *("security_and_testing", "alternatives", "design"),
)
EXERCISES = (
    *("01_worker_not_started", "02_redis_not_running", "03_wrong_urls"),
    *("04_configuration_ignored", "05_arguments", "06_unhandled_exceptions"),
)


class Proof(Entry):
    """What shows that an answer is true: a claim in a notebook, an exercise, or a lesson to come.

    ``shows`` says what a lesson that does not exist yet will have to show.
    """

    claim: str = Field(default="", pattern=r"^(c\d\d-[A-Za-z0-9-]+)?$")
    exercise: str = ""
    lesson: str = ""
    shows: str = ""

    @model_validator(mode="after")
    def names_one_thing(self) -> Proof:
        if sum(map(bool, (self.claim, self.exercise, self.lesson))) != 1:
            raise ValueError("a proof names a claim, an exercise or a lesson")
        if self.exercise and self.exercise not in EXERCISES:
            raise ValueError(f"there is no exercise {self.exercise}: {', '.join(EXERCISES)}")
        if self.lesson and self.lesson not in LESSONS:
            raise ValueError(f"no lesson {self.lesson} is planned: {', '.join(LESSONS)}")
        return self


class FollowUp(Entry):
    """What an interviewer asks next, and the short answer."""

    ask: Sentence
    says: Sentence


class Trap(Entry):
    """An answer in circulation that is wrong, or half of it, and what is true."""

    says: Sentence
    truth: Sentence


class Question(Entry):
    """A question by its number. While it is not complete, it has no answer yet."""

    id: str = Field(pattern=r"^q\d{3}$")
    ask: Sentence
    level: Level
    proof: tuple[Proof, ...] = Field(min_length=1)
    points: tuple[Sentence, ...] = Field(default=(), max_length=6)
    answer: str = Field(default="", max_length=1500)
    follow_up: FollowUp | None = None
    trap: Trap | None = None

    @property
    def complete(self) -> bool:
        """Whether it has all that a candidate needs to practise it."""
        return bool(self.answer)

    @model_validator(mode="after")
    def whole_or_not_at_all(self) -> Question:
        parts = {
            "points": len(self.points) >= 3,
            "answer": bool(self.answer),
            "follow_up": self.follow_up is not None,
            "trap": self.trap is not None,
        }
        if any(parts.values()) and not all(parts.values()):
            missing = ", ".join(name for name, there in parts.items() if not there)
            raise ValueError(f"{self.id} is begun and lacks {missing} (three points or more)")
        return self


class Topic(Entry):
    """One file of the bank: its questions in order of their numbers."""

    topic: str
    title: str = Field(min_length=3, max_length=60)
    question: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def in_order(self) -> Topic:
        ids = [question.id for question in self.question]
        if ids != sorted(set(ids)):
            raise ValueError("questions stand once each, in order of their numbers")
        return self
