"""Redis goes and comes back: the lab's worker and results carry on."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest
from celery.exceptions import TimeoutError
from kombu.exceptions import OperationalError

from labapp.lab import Stack

NAP = "labapp.tasks.long_running.long_running_task"


def send_and_cut(lab: Stack) -> None:
    """Fill both slots and the prefetch buffer, then take Redis away for two seconds."""
    for _ in range(6):
        lab.celery.send_task(NAP, kwargs={"seconds": 3})
    lab.wait_for(lambda: "received" in lab.worker.last_line + str(lab.worker.logs(20)), 10)
    time.sleep(0.5)
    lab.redis.kill()
    time.sleep(2)
    lab.redis.start()


def test_a_worker_with_fetched_messages_outlives_a_killed_redis(
    make_stack: Callable[..., Stack],
) -> None:
    lab = make_stack(web=None).start()
    worker = lab.worker.pid
    send_and_cut(lab)
    assert lab.celery.send_task("celery.accumulate", args=[1]).get(timeout=30) == [1]
    assert lab.worker.pid == worker
    assert lab.worker.state == "ready"


def test_a_stock_worker_with_fetched_messages_does_not(make_stack: Callable[..., Stack]) -> None:
    """A fact of kombu 5.7; when this fails, labapp/lab/boot/quickretry.py can lose a patch."""
    lab = make_stack(web=None, stock=True).start()
    send_and_cut(lab)
    assert lab.wait_for(lambda: lab.worker.state == "failed", 30)
    assert "has no attribute 'hostname'" in str(lab.worker.logs(4000))


def test_results_arrive_after_each_of_many_outages(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(web=None).start()
    for number in range(6):
        lab.redis.restart()
        assert lab.celery.send_task("celery.accumulate", args=[number]).get(timeout=10) == [number]


def test_waiting_for_a_result_ends_in_time(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(web=None).start()
    job = lab.celery.send_task(NAP, kwargs={"seconds": 30})
    with pytest.raises(TimeoutError):
        job.get(timeout=1.5)


def test_asking_workers_over_a_connection_that_broke_ends_in_time(
    make_stack: Callable[..., Stack],
) -> None:
    lab = make_stack(web=None).start()
    lab.celery.control.revoke("nobody")
    lab.redis.kill()
    raised: list[Exception] = []

    def revoke() -> None:
        try:
            lab.celery.control.revoke("nobody")
        except Exception as error:
            raised.append(error)

    asking = threading.Thread(target=revoke, daemon=True)
    asking.start()
    asking.join(6)
    assert [type(error) for error in raised] == [OperationalError]
    lab.redis.start()
    assert lab.wait_for(lambda: lab.celery.control.inspect(timeout=1, limit=1).ping(), 30)


def test_a_frozen_redis_thaws_and_the_worker_goes_on(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(web=None).start()
    worker, redis = lab.worker.pid, lab.redis.pid
    assert redis is not None
    os.kill(redis, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(redis, signal.SIGCONT)
    assert lab.celery.send_task("celery.accumulate", args=[1]).get(timeout=20) == [1]
    assert lab.worker.pid == worker
