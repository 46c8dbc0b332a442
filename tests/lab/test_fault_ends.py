"""However a block ends, its fault ends with it; and nothing of a fault outlives the lab."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from labapp.lab import FAULTS, Stack, StateError
from labapp.lab.processes import start_mark
from labapp.lab.redis_part import connect
from tests.lab.deaths import DEATHS, start_victim
from tests.lab.hands import many_hands

Make = Callable[..., Stack]
CONTRACT = 2.0
#: All that leave something to be mended, but for the flood, which has tests of its own.
LASTING = [name for name in FAULTS if name not in ("one child killed", "queue flooded")]


@pytest.fixture(scope="module")
def lab(stack: Stack) -> Stack:
    return stack


@pytest.fixture
def before(lab: Stack) -> Iterator[str]:
    """What the lab's health is, and is again after the test."""
    told = repr(lab.health())
    yield told
    assert lab.faults.on == []
    assert repr(lab.health()) == told


@pytest.mark.parametrize("name", FAULTS)
def test_an_exception_repairs_and_passes_through(name: str, lab: Stack, before: str) -> None:
    with pytest.raises(ZeroDivisionError), lab.fault(name):
        raise ZeroDivisionError
    assert lab.faults.on == []


@pytest.mark.parametrize("name", FAULTS)
def test_repairing_twice_is_harmless(name: str, lab: Stack, before: str) -> None:
    fault = lab.fault(name)
    fault.repair()
    pids = [part.pid for part in lab.parts()]
    fault.repair()
    with fault:
        pass
    assert [part.pid for part in lab.parts()] == pids


@pytest.fixture
def interrupt() -> Iterator[Callable[..., bool]]:
    """Interrupts an action after some seconds, as the kernel does; says whether it hit."""

    def hit(*_: object) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGALRM, hit)

    def run(action: Callable[[], object], after: float) -> bool:
        signal.setitimer(signal.ITIMER_REAL, after)
        try:
            action()
        except KeyboardInterrupt:
            return True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False

    yield run
    signal.signal(signal.SIGALRM, usual)


@pytest.mark.parametrize("name", FAULTS)
def test_an_interrupt_at_any_moment_leaves_nothing_broken(
    name: str, lab: Stack, before: str, interrupt: Callable[..., bool]
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    moments = random.Random(seed)

    def broken_for_a_moment() -> None:
        with lab.fault(name):
            time.sleep(0.01)

    begin = time.monotonic()
    broken_for_a_moment()
    usual = time.monotonic() - begin
    hits = 0
    # Celery itself looks for dead children each 5 s, so that one takes long, now and then.
    rest = [moments.uniform(0.0005, usual) for _ in range(7 if usual < 1 else 2)]
    for moment in (0.003, *rest):
        hits += interrupt(broken_for_a_moment, moment)
        assert lab.faults.on == []
        assert {part.state for part in lab.parts()} == {"ready"}
    assert hits


def test_an_interrupt_while_it_is_set_undoes_it(
    lab: Stack, before: str, interrupt: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    from labapp.lab.faults.halted import RedisFrozen

    usual = RedisFrozen._break

    def slowly(self: RedisFrozen) -> None:
        usual(self)
        time.sleep(0.5)

    monkeypatch.setattr(RedisFrozen, "_break", slowly)
    assert interrupt(lambda: lab.fault("redis frozen"), 0.2)
    assert lab.redis.state == "ready"


def test_an_interrupt_while_it_is_repaired_is_heard_when_it_is(
    lab: Stack, before: str, interrupt: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    from labapp.lab.faults.halted import RedisFrozen

    usual = RedisFrozen._mend

    def slowly(self: RedisFrozen) -> None:
        time.sleep(0.5)
        usual(self)

    monkeypatch.setattr(RedisFrozen, "_mend", slowly)

    def block() -> None:
        with lab.fault("redis frozen"):
            pass

    assert interrupt(block, 0.2)
    assert lab.redis.state == "ready"


def test_many_hands_at_once_set_and_repair_and_leave_a_lab_that_works(
    lab: Stack, before: str
) -> None:
    def act(choice: random.Random) -> None:
        with lab.fault(choice.choice(LASTING)):
            time.sleep(choice.random() / 10)

    many_hands(6, 5, act, refusal=StateError)
    lab.faults.repair()  # a worker's block may have ended while Redis was another hand's


def leave_the_block(lab: Stack) -> None:
    lab.faults.on[0].repair()
    os._exit(0)


def test_a_forked_child_that_leaves_the_block_repairs_nothing(lab: Stack, before: str) -> None:
    with lab.fault("redis frozen") as fault:
        child = multiprocessing.get_context("fork").Process(target=leave_the_block, args=(lab,))
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert fault.on
        assert psutil.Process(lab.redis.pid).status() == psutil.STATUS_STOPPED


# The end of the lab.


@pytest.mark.parametrize("name", LASTING)
def test_a_lab_with_a_fault_on_stops_in_order_and_starts_well(name: str, make_stack: Make) -> None:
    lab = make_stack().start()
    fault = lab.fault(name)
    begin = time.monotonic()
    lab.stop()
    assert time.monotonic() - begin < 3 * CONTRACT
    assert not fault.on
    fault.repair()
    assert not lab.running
    states = {part.name: part.state for part in lab.parts()}
    assert set(states.values()) <= {"stopped", "killed"}
    if "killed" not in name and name != "redis down":
        assert "killed" not in states.values()
    lab.start()
    fault.repair()
    assert lab.health().ok


@pytest.mark.parametrize("name", ["worker paused", "redis frozen"])
def test_a_task_that_runs_as_the_lab_stops_is_finished_whatever_stands_still(
    name: str, make_stack: Make
) -> None:
    lab = make_stack(web=None).start()
    job = lab.celery.send_task("labapp.tasks.long_running.long_running_task", kwargs={"seconds": 1})
    assert lab.wait_for(lambda: job.state == "PROGRESS", 10)
    lab.fault(name)
    lab.stop()
    assert "succeeded" in str(lab.worker.logs(20))


@pytest.mark.parametrize("death", ["the kernel", "the outer guardian", "the zygote"])
def test_what_stands_still_dies_with_the_lab(death: str, tmp_path: Path) -> None:
    after = "\n".join(
        f"stack.fault({name!r})" for name in ("redis slow", "worker paused", "web killed")
    )
    frozen = after.replace("redis slow", "redis frozen")
    for broken in (after, frozen):
        victim = start_victim(after=broken, run=tmp_path)
        try:
            worker = next(p for p, _ in victim.members if is_stopped_soon(p))
            assert worker
            DEATHS[death](victim)
            assert victim.seconds_until_gone() < 3 * CONTRACT, victim.left()
        finally:
            victim.end()


def is_stopped_soon(pid: int) -> bool:
    """Whether a process comes to stand still within the second."""
    for _ in range(20):
        if start_mark(pid) is None:
            return False
        if psutil.Process(pid).status() == psutil.STATUS_STOPPED:
            return True
        time.sleep(0.05)
    return False


def test_an_outside_redis_is_not_broken_and_not_asked(make_stack: Make, stack: Stack) -> None:
    """Here the server of another lab is the outside one."""
    url = str(stack.redis.url)
    with connect(url) as client:
        config = client.config_get("*")
    lab = make_stack(broker=url, web=None).start()
    for name in FAULTS:
        if name.startswith(("redis", "queue")):
            with pytest.raises(StateError, match="this lab did not start the redis at"):
                lab.fault(name)
    with lab.fault("worker paused"):
        pass
    with connect(url) as client:
        assert client.config_get("*") == config
    assert lab.faults.on == []
