"""Progress without services: real Celery, run in this process, results in memory."""

import json
import time

import pytest
from celery import Celery

from labapp.progress import (
    INTERVAL,
    Progress,
    finish,
    read_progress,
    report,
    track,
    whole_task,
)


@pytest.fixture
def app():
    app = Celery("tests", backend="cache+memory://", set_as_current=False)
    app.conf.update(task_always_eager=True, task_store_eager_result=True)
    return app


@pytest.fixture
def sent(app, monkeypatch):
    """What was stored as PROGRESS, in order."""
    sent = []
    store = app.backend.store_result

    def store_and_note(task_id, result, state, **options):
        if state == "PROGRESS":
            sent.append(result)
        return store(task_id, result, state, **options)

    monkeypatch.setattr(app.backend, "store_result", store_and_note)
    return sent


def run(app, function, **options):
    function.__name__ = "task"  # Celery makes no task of a function without a proper name
    return app.task(function, name="tests.task", shared=False, **options).apply(throw=True)


def test_outside_a_task_reporting_is_harmless():
    report(1, 2, "nobody listens")
    finish()
    assert list(track("abc")) == ["a", "b", "c"]


def test_a_report_has_the_documented_shape(app, sent):
    run(app, lambda: report(7, 10, "rows"))
    assert sent == [{"current": 7, "total": 10, "percent": 70, "message": "rows"}]


def test_the_first_report_and_the_complete_one_are_sent_at_once(app, sent):
    def task():
        for number in range(101):
            report(number, 100)

    run(app, task)
    assert (sent[0]["current"], sent[-1]["current"]) == (0, 100)
    assert len(sent) < 50


def test_a_report_is_sent_again_once_the_interval_has_passed(app, sent):
    def task():
        report(1, 10)
        report(2, 10)
        time.sleep(INTERVAL)
        report(3, 10)

    run(app, task)
    assert [meta["current"] for meta in sent] == [1, 3]


def test_finish_sends_what_is_held_back_and_nothing_is_sent_after_it(app, sent):
    def task():
        report(1, 10)
        report(2, 10)
        finish()
        report(10, 10)

    run(app, task)
    assert [meta["current"] for meta in sent] == [1, 2]


def test_a_task_called_inside_a_task_does_not_end_its_reports(app, sent):
    def task():
        with whole_task():
            with whole_task():
                report(1, 10, "of the inner one")
            report(10, 10, "of the outer one")
        report(3, 10, "too late")

    run(app, task)
    assert [meta["message"] for meta in sent] == ["of the inner one", "of the outer one"]


def test_the_newest_report_wins_also_where_it_is_the_last_one_again(app, sent):
    def task():
        report(1, 10)
        report(2, 10)
        report(1, 10)
        finish()

    run(app, task)
    assert [meta["current"] for meta in sent] == [1]


@pytest.mark.parametrize("total", [0, 3])
def test_beyond_a_total_that_was_too_low_reports_are_held_back_too(app, sent, total):
    def task():
        for number in range(3, 1000):
            report(number, total)
        finish()

    run(app, task)
    assert len(sent) < 500
    assert sent[-1]["current"] == 999


def test_the_end_of_each_phase_is_sent_at_once(app, sent):
    def task():
        for total in (3, 5, 4):
            report(total, total)

    run(app, task)
    assert [meta["current"] for meta in sent] == [3, 5, 4]


def test_track_sends_its_last_report_whatever_was_reported_before_it(app, sent):
    def task():
        report(3, 3, "before")
        return list(track("abc", message="mine"))

    run(app, task)
    assert (sent[-1]["current"], sent[-1]["message"]) == (3, "mine")


def test_track_reports_from_nothing_to_all(app, sent):
    def task():
        return list(track(["a", "b", "c"], message="letters"))

    assert run(app, task).result == ["a", "b", "c"]
    assert sent[0] == {"current": 0, "total": 3, "percent": 0, "message": "letters"}
    assert sent[-1] == {"current": 3, "total": 3, "percent": 100, "message": "letters"}


@pytest.mark.parametrize("announced", [None, 3, 9])
def test_track_ends_with_what_was_counted_whatever_was_announced(app, sent, announced):
    run(app, lambda: list(track((number for number in range(5)), total=announced)) and None)
    assert (sent[-1]["current"], sent[-1]["total"]) == (5, 5)


def test_track_of_nothing_is_complete(app, sent):
    run(app, lambda: list(track([])))
    assert sent == [{"current": 0, "total": 0, "percent": 100, "message": ""}]


def test_a_task_without_a_stored_result_reports_nothing(app, sent):
    run(app, lambda: report(1, 1), ignore_result=True)
    assert sent == []


def test_a_backend_that_fails_does_not_fail_the_task(app, monkeypatch):
    def refuse(*args, state=None, **kwargs):
        raise ConnectionError("away")

    def task():
        monkeypatch.setattr(app.backend, "store_result", refuse)
        report(1, 2)
        monkeypatch.undo()
        return "done"

    assert run(app, task).result == "done"


def test_a_backend_that_stays_away_is_logged_once(app, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise ConnectionError("away")

    def task():
        monkeypatch.setattr(app.backend, "store_result", refuse)
        for number in range(1, 6):
            report(number, number)
        monkeypatch.undo()

    run(app, task)
    assert [record.levelname for record in caplog.records].count("WARNING") == 1


@pytest.mark.parametrize("wrong", ["3", None, True, [1]])
def test_what_is_no_number_is_named_in_the_error(wrong):
    with pytest.raises(TypeError, match="current must be a number"):
        report(wrong, 10)


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), 10**400])
def test_a_number_that_cannot_be_shown_is_refused(wrong):
    with pytest.raises((ValueError, TypeError), match="total must be"):
        report(1, wrong)


def test_percent_is_100_only_when_done():
    assert Progress(999, 1000).percent == 99
    assert Progress(1000, 1000).percent == 100
    assert Progress(5).percent is None


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (Progress(3, 4, "ours").as_meta(), Progress(3, 4, "ours")),
        ({"current": 3, "total": 4, "status": "Flask's"}, Progress(3, 4, "Flask's")),
        (
            {"pending": False, "current": 3, "total": 4, "percent": 75.0, "description": "rows"},
            Progress(3, 4, "rows"),
        ),
        ({"current": 5}, Progress(5)),
        ({"percent": 40}, Progress(40, 100)),
    ],
)
def test_the_shapes_in_the_wild_are_understood(meta, expected):
    assert read_progress(meta) == expected


HOSTILE = [
    None, 7, "50%", [], {}, {"current": "3", "total": 4}, {"current": float("nan"), "total": 4},
    {"current": -1, "total": 4}, {"current": 10**400, "total": 4}, {"current": True, "total": 4},
    {"current": {"current": 1}, "total": 4}, {"percent": float("inf")}, {"percent": [1]},
    ValueError("x"),
]  # fmt: skip


@pytest.mark.parametrize("meta", HOSTILE, ids=lambda meta: repr(meta)[:30])
def test_what_makes_no_sense_is_no_progress(meta):
    assert read_progress(meta) is None


@pytest.mark.parametrize(
    "meta",
    [
        {"current": 3, "total": 0},
        {"current": 3, "total": -4},
        {"current": 3, "total": "many"},
        {"current": 3, "total": float("nan"), "message": {"nested": 1}},
        {"current": 9, "total": 4, "percent": 10**400, "message": "x" * 10**6},
        {"current": 0.0, "total": 5e-324},
        {"current": 2**53, "total": 5e-324},
    ],
    ids=lambda meta: repr(meta)[:30],
)
def test_odd_totals_give_a_percent_of_0_to_100_or_none_and_strict_json(meta):
    progress = read_progress(meta)
    assert progress is not None
    assert progress.percent is None or 0 <= progress.percent <= 100
    assert len(json.dumps(progress.as_meta(), allow_nan=False)) < 1000
