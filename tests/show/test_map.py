"""The map as data: which tasks are dots, where they are, what is counted, and the last picture."""

from typing import get_args

import pytest

from labapp.lab.part import State
from labapp.live.history import History
from labapp.live.queues import QueueDepth
from labapp.show.director import MOST, SETTLE, Director
from labapp.show.map_picture import in_words, svg_of
from labapp.show.map_view import counts_of, part_view, results_words, rows_view, summary
from labapp.show.stage import stage, station_of
from labapp.show.switches import Action, Switches
from tests.live.services import wait_until
from tests.live.test_history import event, run_of


class Worker:
    name, concurrency, kind, state, own = "worker", 2, "worker", "ready", True

    def restart(self): ...

    stop = kill = start = restart


class Killed(Worker):
    state = "killed"


@pytest.fixture
def history():
    return History(lambda: 1003.0)


@pytest.fixture
def director(history):
    director = Director(
        history, lambda told, one: "code", lambda told, one: f"slot:worker:{one.slot}"
    )
    history.subscribe(lambda ids: director.note(ids, 1003.0))
    return director


def stations(dot):
    return [step["station"].split(":")[0] for step in dot["steps"]]


def test_a_dot_goes_through_each_station_that_was_told(history, director):
    history.take(run_of("a"))
    assert director.dots(1003.0) == {}, "that it was sent may be told in a moment"
    (dot,) = director.dots(1003.0 + SETTLE).values()
    assert stations(dot) == ["code", "queue", "unacked", "slot", "results"]
    assert [step["at"] for step in dot["steps"]] == [1000, 1000, 1001, 1002, 1003]


def test_a_station_that_was_not_told_is_left_out(history, director):
    history.take([event("task-started", "a"), event("task-succeeded", "a", at=1003.0)])
    (dot,) = director.dots(1004.0).values()
    assert stations(dot) == ["slot", "results"]


def test_a_result_that_is_not_stored_does_not_go_to_the_store(history, director):
    history.take(run_of("a", ignore_result=True))
    (dot,) = director.dots(1004.0).values()
    assert stations(dot) == ["code", "queue", "unacked", "slot", "slot"]


def test_thirty_are_drawn_and_the_others_counted(history, director):
    for number in range(200):
        history.take(run_of(str(number))[:1])
    assert len(director.dots(1004.0)) == MOST
    assert director.drawn_unended() == MOST
    assert counts_of(history)["sent"] == counts_of(history)["waiting"] == 200


def test_a_dot_that_only_waits_makes_room_for_one_that_moves(history, director):
    for number in range(MOST):
        history.take(run_of(str(number))[:1])
    director.dots(1004.0)
    history.take(run_of("moves")[:3])
    dots = director.dots(1010.0)
    assert len(dots) == MOST
    assert "moves" in {dot["id"] for dot in dots.values()}


def test_dots_that_have_ended_leave_in_time(history, director):
    history.take(run_of("a"))
    assert len(director.dots(1004.0)) == 1
    assert director.dots(1010.0) == {}


def test_counts_name_what_is_unaccounted_for(history):
    history.take(run_of("a") + run_of("b")[:3])
    history.lose_worker("w@lab")
    line = summary(counts_of(history))
    assert line == "2 sent · 0 waiting · 0 running · 1 succeeded · 1 of those sent unaccounted for"


def test_many_queues_and_slots_share_the_last_station():
    class Wide(Worker):
        concurrency = 16

    drawn = stage([f"q{number}" for number in range(9)], [Wide()], web=True)
    assert station_of(drawn, "slot:worker:11") == "slot:worker:3"
    assert station_of(drawn, "queue:q8") == "queue:q8"
    assert drawn["stations"]["queue:q8"]["y"] == drawn["stations"]["queue:q3"]["y"]


def test_a_part_that_is_down_is_told_by_word_sign_and_shape(history):
    model = {
        "stage": stage(["celery"], [Killed()], web=False),
        "rows": rows_view(["celery"], {"celery": QueueDepth(3, 1)}),
        "results": results_words(history),
        "head": {"summary": "3 sent"},
        "part:worker": part_view(Killed(), "", "0 of 2 slots busy"),
        "part:redis": part_view(Worker(), "", ""),
        "part:results": part_view(Worker(), "", ""),
    }
    drawing = svg_of(model)
    assert "✕ killed" in drawing
    assert "stroke-dasharray" in drawing
    assert "celery: 3" in drawing
    assert "unacked: 1" in drawing
    assert in_words(model) == ("Map of the lab. Parts: redis ready, worker killed. Tasks: 3 sent.")


def test_depths_that_cannot_be_read_are_not_made_up():
    assert rows_view(["celery"], None) == {
        "queues": [{"name": "celery", "depth": "?"}],
        "unacked": "?",
    }


@pytest.mark.parametrize("state", get_args(State))
def test_each_state_of_a_part_has_a_sign(state):
    part = Worker()
    part.state = state
    assert part_view(part, "", "")["sign"] != "?"


def test_more_switches_come_from_providers():
    class Lab:
        running = True

        def parts(self):
            return [Worker()]

    done = []
    switches = Switches(Lab(), lambda: None)
    switches.add(lambda part: [Action("freeze", "Freeze", "freezing", lambda: done.append(1))])
    switches.act("worker", "freeze")
    wait_until(lambda: done == [1] and not switches.busy)
    switches.add(lambda part: [Action("burn", "Burn", "burning", lambda: 1 / 0)])
    switches.act("worker", "burn")
    wait_until(lambda: switches.message == "division by zero")
