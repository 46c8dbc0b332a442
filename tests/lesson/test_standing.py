"""Where the learner stands is told in a terminal and in a notebook, from the record alone."""

from pathlib import Path

import pytest

from labapp import cli
from labapp.lesson import progress
from labapp.record import Record


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setenv("LABAPP_RECORD", str(tmp_path / "record.sqlite3"))
    return Record()


def html_of(record: Record) -> str:
    return progress(record)._repr_mimebundle_()["text/html"]


def test_an_exercise_is_one_row_whatever_was_done_to_it(record: Record) -> None:
    for kind in ("check", "check", "hint", "check", "pass"):
        record.add(kind, "05_arguments", "done")
    record.add("check", "06_unhandled_exceptions", "failed")
    (exercises,) = progress(record).standings
    assert [row[:3] for row in exercises.rows] == [
        ("05_arguments", "✓ passed", "3 checks, 1 hint"),
        ("06_unhandled_exceptions", "○ not passed yet", "1 check"),
    ]


def test_predictions_quizzes_and_questions_are_told_with_the_last_answer(record: Record) -> None:
    record.add("quiz", "00-reply", "wrong")
    record.add("quiz", "00-reply", "right")
    record.add("question", "q024", "known")
    (asked,) = progress(record).standings
    assert [row[:4] for row in asked.rows] == [
        ("quiz", "00-reply", "right", "1 wrong, 1 right"),
        ("question", "q024", "known", "1 known"),
    ]


def test_the_command_prints_it(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.add("quiz", "00-reply", "right")
    assert cli.main(["progress"]) == 0
    told = capsys.readouterr().out
    assert "Lessons and interview" in told
    assert "00-reply" in told
    assert str(record.path) in told


def test_nothing_on_record_is_told_in_a_sentence(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["progress"]) == 0
    assert "Nothing is on record yet" in capsys.readouterr().out
    assert "Nothing is on record yet" in html_of(record)


def test_a_record_that_cannot_be_read_is_one_sentence(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    record.path.mkdir()
    assert cli.main(["progress"]) == 1
    assert capsys.readouterr().err.startswith("labapp progress: Your record")


def test_in_a_notebook_its_text_is_constant_and_what_it_shows_is_escaped(record: Record) -> None:
    record.add("quiz", "<img onerror=alert(1)>", "right")
    assert repr(progress(record)) == "Your progress"
    assert "&lt;img" in html_of(record)
    assert "<img" not in html_of(record)
