"""A question has a reply to every answer, and takes nothing for an answer that is none."""

import pytest
from pydantic import ValidationError

from labapp.lesson.guesses import ChoiceGuess, NumberGuess
from labapp.lesson.questions import AnswerError, Choice, Number, Order

CHOICE = Choice(
    id="99-choice",
    kind="choice",
    ask="Which?",
    options=[
        {"text": "this", "says": "Not this."},
        {"text": "that", "says": "That, yes.", "right": True},
    ],
)
ORDER = Order(
    id="99-order",
    kind="order",
    ask="In which order?",
    says="So it is.",
    steps=[{"text": word, "says": f"Not there: {word}."} for word in ("one", "two", "three")],
)
NUMBER = Number(
    id="99-number",
    kind="number",
    ask="How many?",
    right=4,
    unit="messages",
    says="Four.",
    low="More.",
    high="Less.",
    slips=[{"value": 6, "says": "Six were fetched."}],
)
HOURS = Number(
    id="99-near",
    kind="number",
    ask="How long?",
    right=10,
    near=2,
    says="Yes.",
    low="No.",
    high="No.",
)


def test_each_option_has_its_own_reply() -> None:
    assert CHOICE.judge(0) == (False, "Not this.", "this")
    assert CHOICE.judge(1) == (True, "That, yes.", "that") == CHOICE.answer()


def test_an_order_is_shown_mixed_up_and_the_same_in_each_run() -> None:
    assert sorted(ORDER.shuffled()) == [0, 1, 2] != ORDER.shuffled()
    assert ORDER.shuffled() == ORDER.shuffled()


def test_an_order_tells_the_first_step_that_stands_wrong() -> None:
    shown = ORDER.shuffled()
    right = [shown.index(place) for place in range(3)]
    assert ORDER.judge(right) == (True, "So it is.", "one → two → three")
    swapped = [right[0], right[2], right[1]]
    assert ORDER.judge(swapped) == (False, "Not there: three.", "one → three → two")


@pytest.mark.parametrize(
    ("typed", "right", "says"),
    [
        (4, True, "Four."),
        (" 4 ", True, "Four."),
        ("4,0", True, "Four."),
        ("3", False, "More."),
        ("5", False, "Less."),
        ("6", False, "Six were fetched."),
    ],
)
def test_a_number_is_told_too_low_too_high_or_a_known_slip(typed, right, says) -> None:
    assert NUMBER.judge(typed)[:2] == (right, says)


@pytest.mark.parametrize(("typed", "right"), [(5, True), (20, True), (4.9, False), (21, False)])
def test_a_number_may_be_near(typed, right) -> None:
    assert HOURS.judge(typed).right is right


@pytest.mark.parametrize(
    ("question", "value"),
    [
        *[(CHOICE, value) for value in (-1, 2, None, "0", True, 1.0, [1], {"a": 1})],
        *[
            (ORDER, value)
            for value in (None, [], [0, 1], [0, 1, 1], [0, 1, 5], "012", [True, 0, 2])
        ],
        *[(NUMBER, value) for value in ("", "four", "nan", "inf", None, [4], "9" * 500)],
    ],
)
def test_what_is_no_answer_is_told_so(question, value) -> None:
    with pytest.raises(AnswerError, match=r"\.$"):
        question.judge(value)


def test_the_page_is_not_told_the_answer() -> None:
    for question in (CHOICE, ORDER, NUMBER):
        assert "right" not in str(question.view())
        assert question.answer().says not in str(question.view())


@pytest.mark.parametrize(
    ("kind", "wrong", "told"),
    [
        (Choice, {"options": [{"text": "aa", "says": "bb"}] * 2}, "exactly one"),
        (Choice, {"options": CHOICE.options, "optoins": 1}, "optoins"),
        (Number, NUMBER.model_dump() | {"slips": [{"value": 4, "says": "so"}]}, "a slip"),
        (Order, ORDER.model_dump() | {"steps": ORDER.model_dump()["steps"][:2]}, "at least 3"),
    ],
)
def test_content_that_cannot_be_asked_is_refused(kind, wrong, told) -> None:
    fields = {"id": "99-x", "kind": kind.__name__.lower(), "ask": "Which?"} | wrong
    with pytest.raises(ValidationError, match=told):
        kind(**fields)


def test_a_guess_is_set_beside_what_came() -> None:
    how_long = NumberGuess(id="99-long", kind="number", ask="How long?", unit="seconds", near=3)
    assert how_long.beside("1", 1) == ("1 second", "1 second", "right")
    assert how_long.beside("1", 2.34567) == ("1 second", "2.35 seconds", "near")
    assert how_long.beside("1", 0.004).word == "off"
    ways = [{"key": "error", "text": "an error"}, {"key": "answer", "text": "an answer"}]
    which = ChoiceGuess(id="99-what", kind="choice", ask="What?", options=ways)
    assert which.beside(1, "answer") == ("an answer", "an answer", "right")
    assert which.beside(0, "answer").word == "off"
    with pytest.raises(ValueError, match="one of error, answer; not 'wait'"):
        which.came("wait")
    with pytest.raises(ValueError, match="is a number"):
        how_long.came("soon")
