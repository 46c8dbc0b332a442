"""Counts that are kept up to date agree with counts that are made anew."""

import random
from collections import Counter

from labapp.live import TaskState
from labapp.live.state import ENDED
from labapp.live.words import NOT_ENDED
from labapp.show.tally import Tally, percent_of

STATES = ["PENDING", "RECEIVED", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED", "UPLOADING"]


def test_after_any_number_of_changes_the_counts_are_those_of_the_states():
    draw = random.Random(7)
    keys = [str(n) for n in range(200)]
    tally = Tally([TaskState(key) for key in keys], keys)
    for step in range(5_000):
        key, state = draw.choice(keys), draw.choice(STATES)
        percent = draw.choice([None, 0.0, 25.0, 100.0])
        tally.put(TaskState(key, state, percent=percent), now=float(step))
    states = list(tally.states.values())
    assert +tally.counts == Counter(state.state for state in states)
    assert tally.done == sum(state.ready for state in states)
    assert abs(tally.percent - sum(map(percent_of, states)) / 200) < 1e-6
    assert tally.unended() == [state.id for state in states if not state.ready]
    running = [state for state in states if state.state in {"STARTED", "UPLOADING"}]
    assert tally.running == len(running)
    assert tally.waiting == len(tally.unended()) - len(running)
    assert not tally.over


def test_a_chord_counts_as_many_tasks_as_it_has_parts():
    tally = Tally([TaskState("head"), TaskState("body")], ["h", "b"], sizes={"head": 10})
    assert (tally.total, tally.done, tally.waiting) == (11, 0, 11)
    tally.put(TaskState("head", "PROGRESS", 4, 10, 40.0), 1.0)
    assert (tally.total, tally.done) == (11, 4)
    assert +tally.counts == {ENDED: 4, NOT_ENDED: 6, "PENDING": 1}
    tally.put(TaskState("head", "SUCCESS"), 2.0)
    assert +tally.counts == {"SUCCESS": 10, "PENDING": 1}
    assert round(tally.percent) == 91


def test_the_few_to_look_at_are_the_longest_running_then_trouble_then_who_waits():
    keys = [str(n) for n in range(1_000)]
    tally = Tally([TaskState(key) for key in keys], keys)
    for moment, key in enumerate(["70", "50", "900"]):
        tally.put(TaskState(key, "STARTED"), float(moment))
    tally.put(TaskState("3", "FAILURE"), 9.0)
    assert tally.urgent(6) == ["70", "50", "900", "3", "0", "1"]
    tally.put(TaskState("70", "SUCCESS"), 10.0)
    assert tally.urgent(3) == ["50", "900", "3"]


def test_the_time_that_a_task_took_is_from_its_first_start_to_its_end():
    tally = Tally([TaskState("a")], ["a"])
    tally.put(TaskState("a", "STARTED"), 100.0)
    tally.put(TaskState("a", "PROGRESS", percent=50.0), 103.0)
    tally.put(TaskState("a", "SUCCESS"), 107.0)
    assert (tally.began["a"], tally.took["a"]) == (100.0, 7.0)


def test_all_that_is_left_is_lost_only_if_each_is():
    tally = Tally([TaskState("a"), TaskState("b"), TaskState("c", "SUCCESS")], "abc")
    tally.put(TaskState("a", "UNKNOWN"), 1.0)
    assert not tally.lost
    tally.put(TaskState("b", "UNKNOWN"), 1.0)
    assert tally.lost
