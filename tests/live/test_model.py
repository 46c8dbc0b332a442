"""What the model keeps of events: plain data in, plain data out."""

import pytest

from labapp.live.model import MOST_OTHERS, MOST_WORKERS, Heard, Model, merged
from labapp.live.state import UNKNOWN, TaskState


def event(kind, key="a", **more):
    return {"type": f"task-{kind}", "uuid": key, "hostname": "w@h", **more}


def told(stored, *events, later=True, confirmed=False):
    model = Model()
    model.follow(["a"])
    for one in events:
        model.take(one)
    model.tasks["a"].confirmed = confirmed
    return merged(stored, model.tasks["a"], later)


def test_tasks_and_workers_that_nobody_asked_for_are_forgotten_oldest_first():
    model = Model()
    model.follow(["mine"])
    model.take(event("received", "mine", eta="2030-01-01T00:00:00+00:00"))
    for n in range(3 * MOST_OTHERS):
        model.take(event("received", f"other {n}", hostname=f"w{n}@h"))
    assert len(model._others) == MOST_OTHERS
    assert len(model.workers) == MOST_WORKERS
    assert next(iter(model._others)) == f"other {2 * MOST_OTHERS}"
    assert model.tasks["mine"].due is not None


def test_a_task_left_is_forgotten():
    model = Model()
    model.follow(["a"])
    model.leave(["a"])
    assert model.take(event("received")) is None
    assert model.tasks == {}


def test_what_waits_is_told_by_events_alone():
    waiting = TaskState("a")
    assert told(waiting).state == "PENDING"
    assert told(waiting, event("sent", name="resize")).name == "resize"
    assert told(waiting, event("received")).state == "RECEIVED"
    assert told(waiting, event("received"), event("started")).state == "STARTED"


def test_the_store_knows_more_of_what_runs():
    running = TaskState("a", "PROGRESS", 1, 2, 50)
    assert told(running, event("received"), event("started")).state == "PROGRESS"
    assert told(running, event("received")).worker == "w@h"


def test_a_second_try_that_has_started_is_no_longer_to_be_tried():
    failed = TaskState("a", "RETRY", text="ValueError: no")
    eta = "2030-01-01T00:00:00+00:00"
    assert told(failed, event("started")).state == "RETRY"  # of the first try, late
    waits = told(failed, event("received", retries=1, eta=eta), event("retried"))
    assert (waits.state, waits.text, waits.due) == ("RETRY", "ValueError: no", 1893456000)
    again = told(failed, event("received", retries=1, eta=eta), event("started"))
    assert (again.state, again.text, again.due) == ("STARTED", "", None)
    stale = told(failed, event("received", retries=1), event("started"), later=False)
    assert stale.state == "RETRY"


@pytest.mark.parametrize("kind", ["succeeded", "failed", "revoked"])
def test_an_end_counts_once_the_store_was_asked(kind):
    waiting, end = TaskState("a"), event(kind, result="1", exception="ValueError('no')")
    assert not told(waiting, event("started"), end).ready
    assert told(waiting, event("started"), end, confirmed=True).ready
    assert told(TaskState("a", "PROGRESS", 1, 2, 50), end, confirmed=True).ready


def test_a_result_is_the_stores():
    done = TaskState("a", "SUCCESS", text="42")
    assert told(done, event("failed", exception="no"), confirmed=True).text == "42"
    assert told(done, event("received", name="resize")).name == ""


def test_a_task_that_redis_lost_and_a_worker_holds_is_found_again():
    lost = TaskState("a", UNKNOWN, message="Redis came back empty.")
    assert told(lost, event("received"), later=False).state == UNKNOWN
    found = told(lost, event("started"))
    assert (found.state, found.message) == ("STARTED", "")


def test_without_any_event_the_state_is_the_stored_one():
    stored = TaskState("a", "PROGRESS", 1, 2, 50)
    assert merged(stored, None, False) is stored
    assert merged(stored, Heard(), True) is stored


def test_a_worker_lives_for_as_long_as_its_heart_beats(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("labapp.live.model.time.monotonic", lambda: clock[0])
    model = Model()
    model.take({"type": "worker-heartbeat", "hostname": "w@h", "freq": 2.0, "active": 3})
    assert model.workers["w@h"].active == 3
    assert model.anybody()
    clock[0] += 5.9
    assert model.anybody()
    clock[0] += 0.2
    assert not model.anybody()
    model.take({"type": "worker-online", "hostname": "w@h", "freq": 2.0})
    assert model.anybody()
    model.take({"type": "worker-offline", "hostname": "w@h", "freq": 2.0})
    assert not model.anybody()
