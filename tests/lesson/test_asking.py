"""Predictions and quizzes: what is answered is replied to, shown and put on record."""

from pathlib import Path

import pytest

from labapp.lesson import predict, quiz
from labapp.lesson.pages import quiz_page, rich
from labapp.lesson.questions import AnswerError, Choice
from labapp.record import Record


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setenv("LABAPP_RECORD", str(tmp_path / "record.sqlite3"))
    return Record()


def test_a_guess_and_what_came_go_on_record_once(record: Record) -> None:
    guess = predict("00-reply")
    guess.say("1.5")
    assert guess.said == "1.5 seconds"
    compared = guess.outcome(0.004)
    assert compared.beside == ("1.5 seconds", "0.004 seconds", "off")
    guess.outcome(0.004)
    (one,) = record.outcomes("prediction", "00-reply")
    assert (one.outcome, one.detail) == ("off", {"said": "1.5 seconds", "came": "0.004 seconds"})


def test_the_first_guess_counts_and_none_after_the_run(record: Record) -> None:
    guess = predict("02-nobody")
    guess.say(0)
    guess.say(2)
    assert guess.outcome("answer").beside.word == "off"
    late = predict("02-nobody")
    late.outcome("answer")
    late.say(2)
    assert late.said == ""


def test_without_a_guess_nothing_is_recorded_and_nothing_fails(record: Record) -> None:
    guess = predict("00-reply")
    compared = guess.outcome(0.004)
    assert compared.beside is None
    assert "nothing yet" in compared._repr_mimebundle_()["text/html"]
    assert record.outcomes() == []


def test_its_texts_are_constant_whatever_was_said(record: Record) -> None:
    said, unsaid = predict("00-reply"), predict("00-reply")
    said.say(3)
    assert repr(said) == repr(unsaid) == "Prediction 00-reply"
    assert repr(said.outcome(1)) == repr(unsaid.outcome(9)) == "Outcome of prediction 00-reply"


def test_the_page_of_a_prediction_does_not_give_the_outcome_away(record: Record) -> None:
    guess = predict("00-reply")
    guess.say(3)
    guess.outcome(0.0077)
    assert "You said: 3 seconds" in guess._still()
    assert "0.0077" not in guess._still()


def test_every_try_of_a_quiz_is_on_record_until_it_was_right(record: Record) -> None:
    asked = quiz("02")
    assert not asked.answer("02-unacked", "6").right
    assert asked.answer("02-unacked", "4").right
    asked.answer("02-unacked", "0")
    found = record.outcomes("quiz", "02-unacked")
    assert [one.outcome for one in found] == ["wrong", "right"]
    assert found[1].detail == {"said": "4 messages", "try": 2}


def test_what_is_no_answer_is_told_on_the_card_and_not_recorded(record: Record) -> None:
    asked = quiz("02")
    for message in ({"ask": "02-unacked", "value": "many"}, {"ask": "02-body", "value": -1}):
        asked._hear(message)
        assert "first" in asked._view()["head"]["message"]
    with pytest.raises(AnswerError):
        asked.answer("02-body", None)
    assert record.outcomes() == []


@pytest.mark.parametrize("message", [{}, {"ask": "no-such"}, {"ask": "02-body"}, {"value": 1}])
def test_a_page_may_send_anything(message, record: Record) -> None:
    asked = quiz("02")
    asked._card._on_message(message)
    asked._card._on_message("text")
    assert record.outcomes() == []


def test_a_record_that_cannot_be_written_does_not_stop_a_lesson(record: Record) -> None:
    record.path.mkdir()
    asked = quiz("02")
    assert asked.answer("02-unacked", 4).right
    assert "LABAPP_RECORD" in asked._view()["head"]["message"]
    guess = predict("00-reply")
    guess.say(1)
    assert "LABAPP_RECORD" in guess.outcome(1)._repr_mimebundle_()["text/html"]


def test_the_card_counts_what_is_right(record: Record) -> None:
    asked = quiz("02")
    assert asked._view()["head"]["note"] == "0 of 4 right"
    asked.answer("02-unacked", 4)
    asked.answer("02-unacked", 6)
    view = asked._view()
    assert view["head"]["note"] == "1 of 4 right"
    assert view["ask:02-unacked"]["verdict"] == "wrong"


def test_the_page_of_a_quiz_folds_the_answers_up_and_shows_what_was_said(record: Record) -> None:
    asked = quiz("02")
    asked.answer("02-unacked", 6)
    page = asked._still()
    assert page.count("<details>") == 4
    assert "You said: 6 messages. ✕ That is how many were fetched." in page
    asked.answer("02-unacked", 4)
    assert asked._still().count("<details>") == 3


def test_markup_in_content_is_text_and_backticks_are_code() -> None:
    assert rich("a `<b>` & c") == "a <code>&lt;b&gt;</code> &amp; c"
    options = [{"text": "<i>x</i>", "says": "no"}, {"text": "yes", "says": "y<", "right": True}]
    asked = Choice(id="99-x", kind="choice", ask="<script>?", options=options)
    page = quiz_page((asked,), {"99-x": asked.judge(0)})
    assert "<i>" not in page
    assert "<script" not in page


def test_outside_a_notebook_nothing_is_drawn(record: Record, capsys) -> None:
    quiz("00")
    predict("00-reply")
    assert capsys.readouterr().out == ""
