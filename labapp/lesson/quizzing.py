"""quiz(): a lesson's questions, with a reply to every answer."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakValueDictionary

from labapp.lesson.card import Card, record, shown_once
from labapp.lesson.content import ContentError, Lesson, lesson_of
from labapp.lesson.pages import quiz_page
from labapp.lesson.questions import AnswerError, Choice, Number, Order, Verdict

RELOADED = (
    "This page was loaded anew since, so the quiz cannot become a page here. Your answers are on "
    "record. Run the cell again before you close the notebook."
)
_open: WeakValueDictionary[str, Quiz] = WeakValueDictionary()


def quiz(name: str) -> Quiz:
    """Show the quiz of a lesson, by its number or name: ``quiz("00")``.

    It returns at once and asks as long as the learner likes; where nobody is there, or nothing can
    be shown, it is a page with the questions. Raises ContentError for a lesson without a quiz.
    """
    lesson = lesson_of(name)
    if not lesson.question:
        raise ContentError(f"{lesson.lesson} has no quiz.")
    before = _open.get(lesson.lesson)
    if before is not None:
        before.close()
    made = Quiz(lesson)
    _open[lesson.lesson] = made
    made._card.show()
    return made


class Quiz:
    """A quiz that is shown. Made by ``quiz``."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._questions = {question.id: question for question in lesson.question}
        self._verdicts: dict[str, Verdict] = {}
        self._tries: dict[str, int] = {}
        self._solved: set[str] = set()
        self._message = ""
        self._lock = threading.RLock()
        count = len(self._questions)
        self._card = Card(
            f"Quiz of {lesson.lesson}: {count} question{'' if count == 1 else 's'}",
            still=self._still,
            view=self._view,
            heard=self._hear,
        )

    def __repr__(self) -> str:
        return self._card.text

    def _ipython_display_(self) -> None:
        shown_once(self._card, repr(self))

    def answer(self, key: str, value: Any) -> Verdict:
        """Answer one question: the place of an option from 0, a list of places, or a number.

        Each answer is on record until the first right one; later ones are only replied to. Raises
        AnswerError, with what to give, for what is no answer; KeyError for no question.
        """
        question: Choice | Order | Number = self._questions[key]
        verdict = question.judge(value)
        with self._lock:
            self._verdicts[key] = verdict
            self._tries[key] = self._tries.get(key, 0) + 1
            fresh = key not in self._solved
            if verdict.right:
                self._solved.add(key)
            detail = {"said": verdict.said, "try": self._tries[key]}
        word = "right" if verdict.right else "wrong"
        self._message = record("quiz", key, word, detail) if fresh else ""
        self._card.touch()
        return verdict

    def close(self) -> None:
        """Ask no longer: a page with what was answered takes the widget's place."""
        self._card.finish()

    def _hear(self, content: dict[str, Any]) -> None:
        if content.get("done"):
            self._done()
            return
        try:
            self.answer(content["ask"], content["value"])
        except AnswerError as error:
            self._message = str(error)
            self._card.touch()

    def _done(self) -> None:
        if not self._card.reloaded:
            self.close()
            return
        self._message = RELOADED
        self._card.touch()

    def _still(self) -> str:
        with self._lock:
            return quiz_page(self._lesson.question, dict(self._verdicts))

    def _view(self) -> dict[str, Any]:
        with self._lock:
            note = f"{len(self._solved)} of {len(self._questions)} right"
            head = {
                "title": "Quiz",
                "note": note,
                "message": self._message,
                "done": "Done: keep this as a page",
            }
            rows = {f"ask:{key}": self._row(key) for key in self._questions}
            return {"head": head, "order": list(rows), **rows}

    def _row(self, key: str) -> dict[str, Any]:
        verdict, tries = self._verdicts.get(key), self._tries.get(key, 0)
        told = "" if verdict is None else "right" if verdict.right else "wrong"
        return self._questions[key].view() | {
            "key": "Check",
            "locked": False,
            "said": "" if verdict is None else verdict.said,
            "verdict": told,
            "reply": "" if verdict is None else verdict.says,
            "tries": tries,
        }
