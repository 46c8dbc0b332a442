"""A flooded queue holds up what comes later; the repair takes out what it put in, no more."""

import time
from collections.abc import Callable

import pytest
from celery.exceptions import TimeoutError

from labapp.lab import Stack, StateError

Make = Callable[..., Stack]
ECHO = "celery.accumulate"


def queued(lab: Stack, queue: str = "celery") -> list[str]:
    with lab.redis.client() as client:
        return client.lrange(queue, 0, -1)


def test_what_comes_later_waits_for_long(make_stack: Make) -> None:
    lab = make_stack().start()
    before = repr(lab.health())
    with lab.fault("queue flooded", count=300) as flood:
        job = lab.submit("long_running_task", seconds=0)
        with pytest.raises(TimeoutError):
            job.get(timeout=2)
        assert len(queued(lab)) > 100
        assert [fault.name for fault in lab.faults.on] == ["queue flooded"]
    assert not flood.on
    assert job.get(timeout=20)
    assert repr(lab.health()) == before


def test_it_leaves_no_result_behind(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    with lab.fault("queue flooded", count=40):
        assert lab.wait_for(lambda: str(lab.worker.logs(200)).count("succeeded") > 10, 20)
    time.sleep(0.5)
    with lab.redis.client() as client:
        assert list(client.scan_iter("celery-task-meta-*")) == []


def test_messages_of_others_stay_where_they_were(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    lab.worker.stop()
    lab.celery.send_task(ECHO, args=["before"])
    with lab.redis.client() as client:
        client.lpush("celery", "no message at all")
    with lab.fault("queue flooded", count=1200):
        lab.celery.send_task(ECHO, args=["amid"])
        with lab.fault("queue flooded", count=700):
            lab.celery.send_task(ECHO, args=["after"])
            lab.celery.send_task(ECHO, args=["media"], queue="media")
            messages = queued(lab)
            assert len(messages) == 1904
        assert len(queued(lab)) == 1204
        with lab.redis.client() as client:
            client.lrem("celery", 1, "no message at all")
            client.rpush("celery", "no message at all")
    left = queued(lab)
    assert len(left) == 4
    assert [m for m in left if m in messages[:1]] == messages[:1]
    assert left[-1] == "no message at all"
    assert len(queued(lab, "media")) == 1


def test_what_a_killed_worker_had_fetched_does_not_come_back_later(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    nap = lab.celery.send_task("labapp.tasks.long_running.long_running_task", countdown=600)
    assert lab.wait_for(lambda: nap.id in str(lab.worker.logs(20)), 10)
    with lab.redis.client() as client:
        with lab.fault("queue flooded", count=100):
            assert lab.wait_for(lambda: client.hlen("unacked") > 5, 10)
            lab.worker.kill()
        # The one that was fetched of somebody else's is still to be given back.
        assert client.hlen("unacked") == client.zcard("unacked_index") == 1
        assert nap.id in client.hvals("unacked")[0]
        assert client.llen("celery") == 0


def test_another_queue_and_another_task_can_be_named(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    with lab.fault("queue flooded", count=7, queue="media", task=ECHO, args=[1]):
        assert len(queued(lab, "media")) == 7
        assert ECHO in queued(lab, "media")[0]
    assert queued(lab, "media") == []


def test_a_strangers_app_is_flooded_with_a_task_that_every_app_has(
    make_stack: Make, write_module: Callable[..., object]
) -> None:
    write_module()
    lab = make_stack(worker="stranger:celery", web=None).start()
    lab.worker.stop()
    with lab.fault("queue flooded", count=3):
        assert all(ECHO in message for message in queued(lab))
    lab.worker.start()
    assert lab.health().ok


def test_a_redis_that_died_with_the_flood_has_nothing_to_take_out(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    lab.worker.stop()
    with lab.fault("queue flooded", count=50) as flood:
        with lab.fault("redis down"):
            pass
        assert not flood.on
        lab.celery.send_task(ECHO, args=["new"])
    assert len(queued(lab)) == 1


def test_a_broker_that_is_not_the_labs_own_is_not_flooded(
    make_stack: Make, tmp_path: object
) -> None:
    lab = make_stack(web=None, worker=None, broker="memory://").start()
    with pytest.raises(StateError, match="did not start its broker"):
        lab.fault("queue flooded")
