"""Predictions and quizzes as pages: plain html that any reader shows, without a kernel."""

from __future__ import annotations

from collections.abc import Mapping

from labapp.display import Html, escape, table
from labapp.lesson.guesses import Beside, ChoiceGuess, NumberGuess
from labapp.lesson.questions import Choice, Number, Order, Verdict

LONG = 1000
SIGNS = {"right": "✓", "near": "≈", "off": "✕", "wrong": "✕"}


def prediction_page(guess: ChoiceGuess | NumberGuess, said: str) -> Html:
    """The question, and what the learner said; without the outcome, which would spoil it."""
    asked = f"<p><strong>Predict:</strong> {rich(guess.ask)}</p>"
    if said:
        return Html(f"{asked}<p>You said: {rich(said)}</p>")
    ways = _listed(guess.view().get("options", []))
    return Html(f"{asked}{ways}<p>Run this cell to say what you think.</p>")


def beside_page(
    guess: ChoiceGuess | NumberGuess, came: str, beside: Beside | None, note: str = ""
) -> Html:
    """The guess beside what came, and what there is to say of it."""
    if beside is None:
        said, how = Html("nothing yet"), "predict first, where it is asked"
    else:
        said, how = rich(beside.said), f"{SIGNS[beside.word]} {beside.word}"
    return table(
        ("you said", "it was", "your prediction"),
        [(said, rich(came), how)],
        caption=f"Predicted: {plain(guess.ask)}",
        note=note,
    )


def quiz_page(
    questions: tuple[Choice | Order | Number, ...], verdicts: Mapping[str, Verdict]
) -> Html:
    """Each question with what was answered; the right answer folded up below it."""
    head = "<p><strong>Quiz</strong></p>"
    body = "".join(f"<li>{_question(one, verdicts.get(one.id))}</li>" for one in questions)
    foot = "" if verdicts else "<p>Run this cell to answer, and to be told about each answer.</p>"
    return Html(f"{head}<ol>{body}</ol>{foot}")


def rich(text: str) -> Html:
    """Text for html; what stands between backticks is code."""
    pieces = text.split("`")
    return Html(
        "".join(
            f"<code>{escape(piece, LONG)}</code>" if place % 2 else _spaced(piece)
            for place, piece in enumerate(pieces)
        )
    )


def plain(text: str) -> str:
    """The text without the marks of code."""
    return text.replace("`", "")


def _question(question: Choice | Order | Number, verdict: Verdict | None) -> str:
    ways = _listed(question.view().get("options", []))
    said = ""
    if verdict is not None:
        sign = SIGNS["right" if verdict.right else "wrong"]
        said = f"<p>You said: {rich(_open(verdict.said))}. {sign} {rich(verdict.says)}</p>"
    right = question.answer()
    words = f"{rich(_open(right.said))}. {rich(right.says)}"
    answer = f"<details><summary>Answer</summary><p>{words}</p></details>"
    if verdict is not None and verdict.right:
        answer = ""
    return f"<p>{rich(question.ask)}</p>{ways}{said}{answer}"


def _open(text: str) -> str:
    """The text without its full stop."""
    return text.removesuffix(".")


def _listed(texts: list[str]) -> str:
    items = "".join(f"<li>{rich(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _spaced(piece: str) -> str:
    # `escape` makes one line of a text and so drops the spaces at its ends.
    lead = " " if piece[:1].isspace() else ""
    tail = " " if piece[1:] and piece[-1:].isspace() else ""
    return lead + escape(piece.strip(), LONG) + tail
