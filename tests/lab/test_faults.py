"""What the system does while a fault is on, and that it is itself again afterwards."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from celery.exceptions import TimeoutError
from redis.exceptions import ConnectionError, OutOfMemoryError

from labapp.lab import FAULTS, OptionError, RequestError, Stack, StateError

Make = Callable[..., Stack]
NAP = "labapp.tasks.long_running.long_running_task"


@pytest.fixture(scope="module")
def lab(stack: Stack) -> Stack:
    return stack


@pytest.fixture(autouse=True)
def as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to the shared lab, its health is then what it was."""
    if "lab" not in request.fixturenames:
        yield
        return
    lab = request.getfixturevalue("lab")
    before = repr(lab.health())
    yield
    assert lab.faults.on == []
    assert repr(lab.health()) == before


def healthz(lab: Stack) -> tuple[int, float]:
    """Status and seconds."""
    begin = time.monotonic()
    return lab.get("/healthz").status_code, time.monotonic() - begin


def test_redis_down_connections_are_refused_and_the_web_app_says_503(lab: Stack) -> None:
    with lab.fault("redis down"):
        with pytest.raises(ConnectionError):
            lab.redis.client().ping()
        assert lab.redis.state == "killed"
        assert healthz(lab)[0] == 503
    assert healthz(lab)[0] == 200
    assert lab.submit("long_running_task", seconds=0).get(timeout=20)


def test_redis_frozen_takes_connections_answers_nothing_and_the_web_app_says_503_in_time(
    lab: Stack,
) -> None:
    with lab.fault("redis frozen") as fault:
        assert repr(lab.redis) == "<redis: frozen>"
        assert psutil.Process(lab.redis.pid).status() == psutil.STATUS_STOPPED
        status, seconds = healthz(lab)
        assert status == 503
        assert seconds < 3
        assert not lab.health().ok
        assert fault.on
    assert repr(lab.redis) == "<redis: ready>"
    assert not fault.on
    assert healthz(lab)[0] == 200


def test_redis_slow_answers_late_and_everything_works(lab: Stack) -> None:
    with lab.fault("redis slow", seconds=0.2), lab.redis.client() as client:
        assert lab.redis.state == "slow"
        waits = []
        for _ in range(12):
            begin = time.monotonic()
            client.ping()
            waits.append(time.monotonic() - begin)
            time.sleep(0.03)
        assert max(waits) > 0.05
        assert lab.submit("long_running_task", seconds=0).get(timeout=30)
    with lab.redis.client() as client:
        assert client.ping()


def test_a_slow_redis_costs_nobody_a_busy_core(lab: Stack) -> None:
    with lab.fault("redis slow"):
        guardian = psutil.Process(lab.guardian.pid).children()[0]
        before = sum(guardian.cpu_times()[:2])
        time.sleep(2)
        assert sum(guardian.cpu_times()[:2]) - before < 0.5


def test_redis_out_of_memory_refuses_writes_and_answers_reads(lab: Stack) -> None:
    with lab.redis.client() as client:
        client.set("kept", "1")
        before = client.config_get("maxmemory*")
        with lab.fault("redis out of memory"):
            assert lab.redis.state == "full"
            assert client.get("kept") == "1"
            with pytest.raises(OutOfMemoryError):
                client.set("more", "2")
            assert lab.post("/tasks/long_running_task", json={"seconds": 0}).status_code == 503
        client.set("more", "2")
        assert client.config_get("maxmemory*") == before


def test_a_full_redis_throws_no_key_away_whatever_its_policy_was(lab: Stack) -> None:
    with lab.redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.set("precious", "1")
        with lab.fault("redis out of memory"), pytest.raises(OutOfMemoryError):
            client.set("more", "2")
        assert client.get("precious") == "1"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lru"
        client.config_set("maxmemory-policy", "noeviction")


def test_a_killed_worker_lets_tasks_wait_until_it_is_back(lab: Stack) -> None:
    with lab.fault("worker killed"):
        job = lab.celery.send_task("celery.accumulate", args=[1])
        with pytest.raises(TimeoutError):
            job.get(timeout=0.5)
        assert lab.worker.state == "killed"
    assert job.get(timeout=20) == [1]


def test_a_paused_worker_lets_tasks_wait_and_then_runs_them(lab: Stack) -> None:
    pid = lab.worker.pid
    running = lab.submit("long_running_task", seconds=1)
    assert lab.wait_for(lambda: running.state == "PROGRESS", 10)
    with lab.fault("worker paused"):
        assert repr(lab.worker) == "<worker: paused>"
        stands = running.info
        waiting = lab.celery.send_task("celery.accumulate", args=[2])
        with pytest.raises(TimeoutError):
            waiting.get(timeout=1.5)
        assert running.info == stands  # the pool stands still too
    assert waiting.get(timeout=20) == [2]
    assert running.get(timeout=20)
    assert lab.worker.pid == pid


def test_a_killed_child_fails_its_task_and_the_pool_is_whole_again(lab: Stack) -> None:
    job = lab.submit("long_running_task", seconds=30)
    assert lab.wait_for(lambda: job.state == "PROGRESS", 10)
    pool = {child.pid for child in psutil.Process(lab.worker.pid).children()}
    with lab.fault("one child killed"):
        assert lab.worker.state == "ready"
    after = {child.pid for child in psutil.Process(lab.worker.pid).children()}
    assert len(after) == len(pool)
    assert len(after - pool) == 1
    with pytest.raises(Exception, match="SIGKILL"):
        job.get(timeout=30)


def test_a_killed_web_app_refuses_requests_and_tasks_go_on(lab: Stack) -> None:
    url = lab.url
    with lab.fault("web killed"):
        with pytest.raises(RequestError):
            lab.get("/healthz")
        assert lab.celery.send_task("celery.accumulate", args=[3]).get(timeout=20) == [3]
    assert lab.url == url
    assert healthz(lab)[0] == 200


# Which, on what, and in what company.


def test_the_list_says_what_each_does_and_which_is_on(lab: Stack) -> None:
    assert list(lab.faults) == list(FAULTS)
    assert len(lab.faults) == 9
    assert all(says.endswith(".") for says in lab.faults.values())
    assert "It is on." not in repr(lab.faults)
    with lab.fault("web killed") as fault:
        assert lab.faults.on == [fault]
        told = [line for line in repr(lab.faults).splitlines() if "It is on." in line]
        assert [line[:10] for line in told] == ["web killed"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("redis dwon", "Did you mean 'redis down'"),
        ("Redis Frozen", "Did you mean 'redis frozen'"),
        ("memory", "Did you mean 'redis out of memory'"),
        ("kaboom", "There are: redis down, redis frozen,"),
        (None, "There are: redis down"),
        (["redis down"], "There are: redis down"),
    ],
)
def test_an_unknown_name_is_told_what_there_is(lab: Stack, name: str, hint: str) -> None:
    with pytest.raises(OptionError, match=hint):
        lab.fault(name)


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("redis down", {"worker": "worker"}, "it takes none"),
        ("worker killed", {"name": "worker"}, "it takes worker="),
        ("worker killed", {"worker": "media"}, "it has 'worker'"),
        ("redis slow", {"seconds": 0}, "is not a number from"),
        ("redis slow", {"seconds": float("nan")}, "is not a number from"),
        ("redis slow", {"seconds": "0.1"}, "is not a number from"),
        ("queue flooded", {"count": 10**9}, "is not a whole number"),
        ("queue flooded", {"args": [1]}, "name it with task="),
    ],
)
def test_an_option_that_cannot_be_is_told(
    lab: Stack, name: str, options: dict[str, object], told: str
) -> None:
    with pytest.raises(OptionError, match=told):
        lab.fault(name, **options)


def test_a_second_fault_of_a_part_that_is_not_ready_is_refused_in_a_sentence(lab: Stack) -> None:
    with lab.fault("redis frozen"):
        for name in ("redis down", "redis slow", "redis frozen", "queue flooded"):
            with pytest.raises(StateError, match=r"it is frozen. Repair 'redis frozen' first"):
                lab.fault(name)
        with pytest.raises(StateError, match=r"cannot be set while redis is frozen"):
            lab.fault("worker killed")
        assert [fault.name for fault in lab.faults.on] == ["redis frozen"]


def test_faults_of_different_parts_go_together_and_end_in_any_order(lab: Stack) -> None:
    web, paused, frozen = (lab.fault(n) for n in ("web killed", "worker paused", "redis frozen"))
    web.repair()
    assert [fault.name for fault in lab.faults.on] == ["worker paused", "redis frozen"]
    paused.repair()
    frozen.repair()


def test_what_needs_redis_is_not_repaired_without_it_and_stays_on(lab: Stack) -> None:
    killed, frozen = lab.fault("worker killed"), lab.fault("redis frozen")
    with pytest.raises(StateError, match=r"cannot be repaired while redis is frozen. Repair"):
        killed.repair()
    assert killed.on
    frozen.repair()
    killed.repair()
    assert lab.worker.state == "ready"


def test_all_can_be_repaired_at_once(lab: Stack) -> None:
    for name in ("queue flooded", "worker killed", "redis slow", "web killed"):
        lab.fault(name)
    lab.faults.repair()
    lab.faults.repair()
    assert {part.state for part in lab.parts()} == {"ready"}


def test_a_fault_of_one_worker_leaves_the_others_at_work(make_stack: Make) -> None:
    lab = make_stack(web=None, workers=2, concurrency=1).start()
    before = repr(lab.health())
    for chosen in ("worker2", lab.workers["worker2"]):
        with lab.fault("worker killed", worker=chosen):
            assert [w.state for w in lab.workers.values()] == ["ready", "killed"]
            assert lab.celery.send_task("celery.accumulate", args=[1]).get(timeout=20) == [1]
    assert repr(lab.health()) == before


def test_a_pool_without_processes_has_no_child_to_kill(make_stack: Make) -> None:
    lab = make_stack(web=None, pool="threads").start()
    with pytest.raises(StateError, match="its pool is 'threads'"):
        lab.fault("one child killed")


def test_a_lab_without_the_part_says_so(make_stack: Make) -> None:
    lab = make_stack(web=None, worker=None)
    with pytest.raises(StateError, match="not running"):
        lab.fault("redis down")
    lab.start()
    with pytest.raises(StateError, match="no web app"):
        lab.fault("web killed")
    with pytest.raises(StateError, match="no worker"):
        lab.fault("worker paused")


# Other hands on a broken part.


def test_starting_a_part_that_stands_still_lets_it_go_on(lab: Stack) -> None:
    frozen, pid = lab.fault("redis frozen"), lab.redis.pid
    lab.redis.start()
    assert (lab.redis.state, lab.redis.pid) == ("ready", pid)
    assert not frozen.on
    frozen.repair()


def test_starting_the_lab_again_leaves_a_fault_alone(lab: Stack) -> None:
    with lab.fault("worker paused") as fault:
        lab.start()
        assert fault.on
        assert lab.worker.state == "paused"


def test_a_paused_worker_is_restarted_and_loses_no_task(lab: Stack) -> None:
    job = lab.submit("long_running_task", seconds=1)
    assert lab.wait_for(lambda: job.state == "PROGRESS", 10)
    with lab.fault("worker paused") as fault:
        lab.worker.restart()
        assert not fault.on
    assert lab.worker.state == "ready"
    assert job.get(timeout=20)


def test_what_was_stopped_by_hand_within_a_block_stays_stopped(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    with lab.fault("worker paused"):
        lab.worker.stop()
    assert lab.worker.state == "stopped"
    with pytest.raises(StateError, match=r"it is stopped. Start worker first"):
        lab.fault("worker paused")


def test_what_dies_while_it_stands_still_has_failed(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    with lab.fault("redis frozen") as fault:
        assert lab.redis.pid is not None
        os.kill(lab.redis.pid, signal.SIGKILL)
        assert lab.wait_for(lambda: lab.redis.state == "failed", 10)
        assert not fault.on
    assert lab.redis.state == "failed"  # this was nobody's fault, so nobody mends it


def test_a_worker_that_ended_of_an_outage_is_there_again_after_the_repair(
    make_stack: Make,
) -> None:
    """A stock worker with fetched messages does not outlive a killed Redis (test_outage.py)."""
    lab = make_stack(web=None, stock=True).start()
    before = repr(lab.health())
    for _ in range(6):
        lab.celery.send_task(NAP, kwargs={"seconds": 3})
    assert lab.wait_for(lambda: str(lab.worker.logs(40)).count(f"{NAP}[") >= 6, 10)
    with lab.fault("redis down"):
        assert lab.wait_for(lambda: lab.worker.state == "failed", 30)
    assert repr(lab.health(timeout=30)) == before
