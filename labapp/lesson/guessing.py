"""predict(): the learner commits to a guess before the run, and sees it beside what came."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakValueDictionary

from labapp.lesson.card import Card, record, shown_once
from labapp.lesson.content import prediction_of
from labapp.lesson.guesses import Beside, Guess
from labapp.lesson.pages import beside_page, prediction_page
from labapp.lesson.questions import AnswerError

_open: WeakValueDictionary[str, Prediction] = WeakValueDictionary()


def predict(key: str) -> Prediction:
    """Ask for a prediction and return at once: ``guess = predict("00-reply")``.

    In a later cell, ``guess.outcome(...)`` as its last expression sets what came beside it. Raises
    ContentError for an id that no lesson has.
    """
    guess = prediction_of(key)
    before = _open.get(key)
    if before is not None:
        before.close()
    made = Prediction(guess)
    _open[key] = made
    made._card.show()
    return made


class Prediction:
    """A prediction that was asked for. Made by ``predict``."""

    def __init__(self, guess: Guess) -> None:
        self._guess = guess
        self._said: Any = None
        self._words = ""
        self._message = ""
        self._over = False
        self._lock = threading.Lock()
        self._card = Card(
            f"Prediction {guess.id}", still=self._still, view=self._view, heard=self._hear
        )

    def __repr__(self) -> str:
        return self._card.text

    def _ipython_display_(self) -> None:
        shown_once(self._card, repr(self))

    @property
    def said(self) -> str:
        """What the learner committed to, in words; empty before that."""
        return self._words

    def say(self, value: Any) -> None:
        """Commit to a guess: a number, or the place of an option from 0. Only the first one counts.

        Raises AnswerError, with what to give, for what is no answer.
        """
        with self._lock:
            if self._words or self._over:
                return
            self._words, self._said = self._guess.words(value), value
            self._message = ""
        self._card.touch()

    def outcome(self, came: Any) -> Compared:
        """Set what came beside the guess, and put both on record where there was a guess.

        ``came`` is a number, or an option's key. Raises ValueError for anything else.
        """
        words = self._guess.came(came)
        with self._lock:
            first, self._over = not self._over, True
            beside = self._guess.beside(self._said, came) if self._words else None
        message = ""
        if first and beside is not None:
            detail = {"said": beside.said, "came": beside.came}
            message = record("prediction", self._guess.id, beside.word, detail)
        self._card.finish()
        return Compared(self._guess, words, beside, message)

    def close(self) -> None:
        """Ask no longer: the page takes the widget's place."""
        with self._lock:
            self._over = True
        self._card.finish()

    def _hear(self, content: dict[str, Any]) -> None:
        try:
            self.say(content["value"])
        except AnswerError as error:
            self._message = str(error)
            self._card.touch()

    def _still(self) -> str:
        return prediction_page(self._guess, self._words)

    def _view(self) -> dict[str, Any]:
        said = self._words
        reply = "Said. Now run the next cell and see." if said else ""
        return {
            "head": {"title": "Predict", "note": "", "message": self._message, "done": ""},
            "order": [f"ask:{self._guess.id}"],
            f"ask:{self._guess.id}": self._guess.view()
            | {"key": "Commit", "locked": bool(said), "said": said, "verdict": "", "reply": reply},
        }


class Compared:
    """A guess beside what came, as a cell's last expression shows it."""

    def __init__(self, guess: Guess, came: str, beside: Beside | None, message: str) -> None:
        self._guess, self._came, self.beside, self.message = guess, came, beside, message

    def __repr__(self) -> str:
        # Constant: whether somebody guessed must not change what a notebook stores as text.
        return f"Outcome of prediction {self._guess.id}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        page = beside_page(self._guess, self._came, self.beside, self.message)
        return {"text/html": page, "text/plain": repr(self)}
