"""The timeline as data, picture and words: plain functions over a history."""

import pytest

from labapp.live.history import History
from labapp.show.timeline_layout import NOWHERE, layout
from labapp.show.timeline_picture import in_words, picture, svg_of
from labapp.show.workflows import workflows
from tests.live.test_history import event, run_of


@pytest.fixture
def history():
    return History()


def drawn_of(history, now=1010.0):
    tasks = list(history.tasks.values())
    return tasks, layout(tasks, now)


def bars(drawn, kind, key="a"):
    return [bar for bar in drawn["bars"] if (bar["kind"], bar["task"]) == (kind, key)]


def test_a_task_waits_in_one_bar_and_runs_in_another(history):
    history.take(run_of("a"))
    _, drawn = drawn_of(history)
    ((waits,), (runs,)) = bars(drawn, "waiting"), bars(drawn, "running")
    assert (waits["start"], waits["end"]) == (1000, 1002)
    assert (runs["start"], runs["end"]) == (1002, 1003)
    assert runs["row"] == "w slot 1"
    assert waits["y"] < runs["y"]
    assert waits["height"] < runs["height"]


def test_tries_are_joined(history):
    history.take([*run_of("a", retries=0)[:3], event("task-retried", at=1003.0)])
    history.take(run_of("a", 1004.0, retries=1))
    _, drawn = drawn_of(history)
    assert [link["kind"] for link in drawn["links"]] == ["retry"]
    assert len(bars(drawn, "running")) == 2


def test_a_workflow_has_a_letter_and_its_steps_are_joined(history):
    history.take(run_of("a", group_id="g", root_id="a") + run_of("b", group_id="g", root_id="b"))
    history.take(run_of("c", 1003.0, parent_id="b", root_id="b", group_id="g"))
    history.take(run_of("alone", root_id="alone"))
    tasks, drawn = drawn_of(history)
    assert workflows(tasks) == {"a": "A", "b": "A", "c": "A"}
    assert [link["kind"] for link in drawn["links"]] == ["next"]


def test_what_was_not_heard_is_not_drawn(history):
    history.take([event("task-succeeded", "a", at=1003.0)])
    tasks, drawn = drawn_of(history)
    assert bars(drawn, "running") == bars(drawn, "waiting") == []
    ((moment,),) = [bars(drawn, "moment")]
    assert moment["row"] == NOWHERE
    assert "when it began was not heard" in moment["detail"]
    assert "when it began was not heard" in picture(tasks, drawn, [])


def test_a_run_whose_end_was_not_heard_has_no_length(history):
    history.take(run_of("a")[:3])
    history.lose_worker("w@lab")
    _, drawn = drawn_of(history, now=2000.0)
    (run,) = bars(drawn, "running")
    assert run["start"] == run["end"]
    assert "its end was not heard" in run["detail"]


def test_what_goes_on_reaches_to_now(history):
    history.take(run_of("a")[:3])
    _, drawn = drawn_of(history, now=1050.0)
    assert bars(drawn, "running")[0]["end"] == 1050.0


def test_the_words_say_what_the_picture_shows(history):
    history.take(run_of("a") + run_of("b")[:1])
    tasks, drawn = drawn_of(history)
    words = in_words(tasks, drawn)
    assert words.startswith("Timeline of 2 tasks in 1 slot over ")
    assert words.endswith("waiting"), "no blank is left where nothing more is to be said"
    assert "1 nap: success" in words
    assert "2 nap: waiting" in words


def test_hostile_names_are_escaped(history):
    history.take(run_of("a", name="</text><script>alert(1)</script>"))
    history.take([event("task-sent", "b", name="<img src=x onerror=alert(1)>")])
    tasks, drawn = drawn_of(history)
    assert "<script" not in svg_of(drawn)
    assert "<img src=x" not in picture(tasks, drawn, ["<b>note</b>"])
    assert "<b>note" not in picture(tasks, drawn, ["<b>note</b>"])
