"""The history from events alone: in every order, late, missing, and more than it remembers."""

import random

import pytest

from labapp.live import places
from labapp.live.history import History
from labapp.live.state import TaskState
from labapp.live.told import MOST_TRIES


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(clock):
    return History(clock)


def event(kind, key="a", worker="w@lab", at=1000.0, **fields):
    return {"type": kind, "uuid": key, "hostname": worker, "timestamp": at, **fields}


def run_of(key, at=1000.0, name="nap", **fields):
    return [
        event("task-sent", key, "client", at, queue="celery", pid=1, name=name, **fields),
        event("task-received", key, at=at + 1, **fields),
        event("task-started", key, at=at + 2, **fields),
        event("task-succeeded", key, at=at + 3, **fields),
    ]


def counts(history):
    return {place: count for place, count in history.counts.items() if count}


def test_that_it_was_sent_may_be_told_last(history):
    sent, *rest = run_of("a")
    history.take([*rest, sent])
    (one,) = history.tasks["a"].tries
    assert (one.sent, one.received, one.started, one.ended) == (1000, 1001, 1002, 1003)
    assert counts(history) == {"ended": 1}


def test_that_the_next_try_was_sent_may_overtake_the_try_before(history):
    first = run_of("a", retries=0)[:3]
    retried = event("task-retried", at=1003.0, exception="away")
    second = run_of("a", 1004.0, retries=1)
    history.take([first[0], first[1], second[0], first[2], second[1], retried, *second[2:]])
    tries = history.tasks["a"].tries
    assert [(one.number, one.outcome) for one in tries] == [(0, "retried"), (1, "succeeded")]
    assert [one.started for one in tries] == [1002, 1006]


def test_a_retry_that_is_told_after_the_last_try_has_ended_changes_no_place(history):
    """A child may be slow to report its retry: the message of the next try has gone out before."""
    history.take(run_of("a", retries=0)[:3])
    history.take(run_of("a", 1004.0, retries=1)[:3])
    history.take([event("task-retried", at=1008.0, retries=0)])
    assert counts(history) == {"running": 1}
    assert history.tasks["a"].last.slot == 0
    history.take([event("task-succeeded", at=1009.0, retries=1)])
    assert [one.outcome for one in history.tasks["a"].tries] == ["retried", "succeeded"]
    assert counts(history) == {"ended": 1}


def test_workers_that_do_not_tell_which_try_it_is_are_understood_too(history):
    """Celery's own events name the try when a task is sent or received, and never after."""
    plain = [event("task-received", retries=0), event("task-started", at=1001.0)]
    plain += [event("task-received", retries=1, at=1002.0), event("task-retried", at=1003.0)]
    plain += [event("task-started", at=1004.0), event("task-succeeded", at=1005.0)]
    history.take(plain)
    tries = history.tasks["a"].tries
    assert [(one.started, one.ended) for one in tries] == [(1001, 1003), (1004, 1005)]


def test_a_task_delivered_again_is_tried_again(history):
    lost = run_of("a")[:3]
    history.take(lost)
    history.lose_worker("w@lab")
    assert counts(history) == {"unaccounted": 1}
    history.take([event("task-received", worker="v@lab"), event("task-started", worker="v@lab")])
    assert counts(history) == {"running": 1}
    history.take([event("task-succeeded", worker="v@lab")])
    assert [one.outcome for one in history.tasks["a"].tries] == ["lost", "succeeded"]


def test_slots_are_dealt_out_from_starts_and_ends(history):
    for key in "abc":
        history.take(run_of(key)[:2])
    history.take([event("task-started", "a"), event("task-started", "b")])
    history.take([event("task-succeeded", "a"), event("task-started", "c")])
    assert [history.tasks[key].last.slot for key in "abc"] == [0, 1, 0]


def test_the_child_that_comes_for_a_terminated_one_takes_its_slot(history):
    history.take(event("task-started", key, child_pid=pid) for key, pid in (("a", 11), ("b", 12)))
    history.take([event("task-revoked", "a", terminated=True, signum="15")])
    history.take([event("task-started", "c", child_pid=13)])
    assert [history.tasks[key].last.slot for key in "abc"] == [0, 1, 0]


def test_what_was_taken_out_of_its_queue_again_is_revoked_unless_it_runs(history):
    history.take([event("task-sent", "a", queue="celery"), event("task-started", "b")])
    history.taken_back(["a", "b", "unknown"])
    assert counts(history) == {"ended": 1, "running": 1}
    assert history.outcomes["revoked"] == 1


def test_a_message_that_is_nowhere_is_unaccounted_for_once_no_worker_runs_more_than_it_told(
    history, clock
):
    history.take([event("task-sent", "a", queue="celery")])
    assert not history.lose_messages(["a"]), "no worker has ever been heard"
    history.take([event("worker-heartbeat", active=1, freq=2.0)])
    assert not history.lose_messages(["a"]), "it may be the one that runs"
    history.take([event("worker-heartbeat", active=0, freq=2.0)])
    assert history.lose_messages(["a"])
    assert counts(history) == {"unaccounted": 1}
    assert "No queue and no worker" in history.tasks["a"].reason
    history.take([event("task-succeeded", "a")])
    assert counts(history) == {"ended": 1}


def test_a_child_keeps_its_slot(history):
    history.take([event("task-received", "a"), event("task-started", "a", child_pid=11)])
    history.take([event("task-received", "b"), event("task-started", "b", child_pid=22)])
    history.take([event("task-succeeded", "a"), event("task-succeeded", "b")])
    history.take([event("task-received", "c"), event("task-started", "c", child_pid=22)])
    assert history.tasks["c"].last.slot == history.tasks["b"].last.slot == 1


def test_what_waited_in_a_redis_that_came_back_empty_is_unaccounted_for(history, clock):
    history.take([*run_of("ran")[:3], run_of("waited")[0]])
    history.interrupted("Redis is gone.")
    clock.now += 5
    history.resumed(empty=True)
    assert counts(history) == {"running": 1, "unaccounted": 1}
    assert history.gaps[0].end - history.gaps[0].start == 5
    history.take(run_of("waited", 1001.0)[1:])
    assert counts(history) == {"running": 1, "ended": 1}


def test_what_is_told_late_of_a_redis_that_was_emptied_waits_no_more(history, clock):
    history.take(run_of("a")[:3])
    history.interrupted("Redis is gone.")
    clock.now += 5
    history.resumed(empty=True)
    history.take([event("task-retried", at=1001.0)])
    assert counts(history) == {"unaccounted": 1}
    history.take([event("task-retried", "b", at=1006.0)])
    assert counts(history) == {"unaccounted": 1, "again": 1}


def test_a_worker_that_runs_nothing_any_more_is_believed(history, clock):
    history.take(run_of("a")[:3])
    clock.now += 10
    history.take([{"type": "worker-heartbeat", "hostname": "w@lab", "freq": 2.0, "active": 0}])
    assert counts(history) == {"unaccounted": 1}
    assert "how this task ended was not heard" in history.tasks["a"].reason


def test_results_tell_where_events_do_not(history):
    history.expect("a", "nap")
    history.take_state(TaskState("a", "PROGRESS", percent=40.0))
    assert counts(history) == {"running": 1}
    history.take_state(TaskState("a", "FAILURE", text="ValueError: no"))
    assert history.outcomes["failed"] == 1
    assert history.tasks["a"].last.by_result


def test_counts_stay_exact_when_tasks_are_forgotten(history, monkeypatch):
    monkeypatch.setattr(places, "MOST_TASKS", 50)
    for number in range(200):
        history.take(run_of(str(number)))
    assert len(history.tasks) == 50
    assert counts(history) == {"ended": 200}
    assert history.outcomes["succeeded"] == 200


def test_of_a_task_that_is_tried_for_ever_the_newest_tries_are_kept(history):
    for number in range(300):
        history.take(
            [event("task-received", retries=number), event("task-started", retries=number)]
        )
        history.take([event("task-retried", retries=number)])
    told = history.tasks["a"]
    assert len(told.tries) == MOST_TRIES
    assert told.tries[0].number == 0
    assert told.last.number == 299
    assert told.left_out == 300 - MOST_TRIES


def test_counts_are_those_of_the_tasks_in_whatever_order_things_are_told(history):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    events = [one for number in range(60) for one in run_of(str(number))]
    dice.shuffle(events)
    for one in events:
        history.take([one])
        told = [task.place for task in history.tasks.values()]
        assert counts(history) == {place: told.count(place) for place in set(told)}
    history.take([{"type": kind, "uuid": 7} for kind in ("task-sent", "task-started", "x", "")])
    assert history.total == 60
