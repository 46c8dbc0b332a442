"""The lab's workers send events for as long as somebody looks, and only then."""

import time

import pytest

from labapp.lab import Stack
from labapp.lab.boot import VIEWERS

NAP = "labapp.tasks.long_running.long_running_task"
#: A worker looks once a second; three times that, and a moment for the task.
SEEN_WITHIN = 4.0


def events_of_a_task(lab, patience):
    """Whether events of tasks are heard within so many seconds, while tasks run."""
    listening = lab.redis.client().pubsub(ignore_subscribe_messages=True)
    listening.psubscribe("/0.celeryev/task*")
    until = time.monotonic() + patience
    while time.monotonic() < until:
        lab.celery.send_task(NAP, kwargs={"seconds": 0})
        if listening.get_message(timeout=0.3):
            return True
    return False


@pytest.fixture(scope="module")
def lab():
    with Stack(web=None) as lab:
        yield lab


def test_events_begin_with_a_viewer_and_end_with_it(lab):
    client = lab.redis.client()
    assert not events_of_a_task(lab, 2.0)
    client.set(VIEWERS, "1")
    assert events_of_a_task(lab, SEEN_WITHIN)
    client.delete(VIEWERS)
    time.sleep(SEEN_WITHIN)
    assert not events_of_a_task(lab, 2.0)


def test_events_that_somebody_else_asked_for_go_on(lab):
    lab.celery.control.enable_events(reply=True, timeout=2, limit=1)
    client = lab.redis.client()
    client.set(VIEWERS, "1")
    time.sleep(SEEN_WITHIN)
    client.delete(VIEWERS)
    time.sleep(SEEN_WITHIN)
    assert events_of_a_task(lab, 2.0)


def test_a_restarted_worker_and_an_emptied_redis_know_of_the_viewer(lab):
    lab.worker.restart()
    client = lab.redis.client()
    client.set(VIEWERS, "1")
    assert events_of_a_task(lab, SEEN_WITHIN)
    lab.redis.kill()
    lab.redis.start()
    lab.redis.client().set(VIEWERS, "1")
    assert events_of_a_task(lab, 3 * SEEN_WITHIN)


def test_who_looks_costs_a_worker_no_connection(lab):
    client = lab.redis.client()
    client.delete(VIEWERS)
    time.sleep(SEEN_WITHIN)
    before = client.info("clients")["connected_clients"]
    client.set(VIEWERS, "1")
    time.sleep(SEEN_WITHIN)
    assert client.info("clients")["connected_clients"] <= before


def test_a_stock_worker_knows_no_viewers_and_nobody_holds_a_key_for_it():
    with Stack(web=None, stock=True) as lab:
        assert lab.celery.conf.get("labapp_viewers_key") is None
        lab.redis.client().set(VIEWERS, "1")
        assert not events_of_a_task(lab, SEEN_WITHIN)
        calls = lab.redis.client().info("commandstats")
        assert "cmdstat_exists" not in calls


def test_a_lab_without_workers_of_its_own_holds_no_key():
    with Stack(worker=None, web=None) as lab:
        assert lab.celery.conf.get("labapp_viewers_key") is None
