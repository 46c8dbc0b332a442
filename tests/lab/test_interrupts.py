"""An interrupt at any moment, and many hands at once, leave a lab that can be used and ended."""

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from labapp.lab import LabError, Stack
from labapp.lab.client import import_client
from labapp.lab.part import Part
from labapp.lab.processes import start_mark
from tests.lab.hands import many_hands

Make = Callable[..., Stack]


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., bool]]:
    """Interrupts an action after some seconds, as the kernel does; says whether it hit."""

    def hit(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, hit)

    def run(action: Callable[[], object], after: float) -> bool:
        signal.setitimer(signal.ITIMER_REAL, after)
        try:
            action()
        except KeyboardInterrupt as error:
            # A notebook keeps the traceback, and with it every frame and what it refers to.
            monkeypatch.setattr(sys, "last_traceback", error.__traceback__, raising=False)
            return True
        except LabError:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False

    yield run
    signal.signal(signal.SIGALRM, before)


def mine() -> list[int]:
    """The living processes below this one."""
    below = [child.pid for child in psutil.Process().children(recursive=True)]
    return [pid for pid in below if start_mark(pid)]


def on_another_thread(action: Callable[[], object]) -> None:
    """As a button does it; an error there is an error here."""
    failed: list[BaseException] = []

    def act() -> None:
        try:
            action()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    thread.join(40)
    assert not thread.is_alive()
    assert failed == []


def test_an_interrupted_start_leaves_nothing_and_can_be_repeated(
    interrupt: Callable[..., bool], make_stack: Make
) -> None:
    others = set(mine())
    lab = make_stack()
    hits = 0
    for moment in (0.002, 0.01, 0.03, 0.08, 0.2, 0.35):
        if interrupt(lab.start, moment):
            hits += 1
            assert {part.state for part in lab.parts()} == {"stopped"}
            assert lab.wait_for(lambda: set(mine()) <= others, 6)
        else:
            lab.stop()
    assert hits
    assert lab.start().health().ok


def test_an_interrupted_stop_is_ended_by_the_next(
    interrupt: Callable[..., bool], make_stack: Make
) -> None:
    others = set(mine())
    lab = make_stack()
    for moment in (0.001, 0.01, 0.02, 0.035, 0.045, 0.055, 0.065):
        lab.start()
        interrupt(lab.stop, moment)
        on_another_thread(lab.stop)
        assert {part.state for part in lab.parts()} == {"stopped"}
        assert lab.wait_for(lambda: set(mine()) <= others, 6)


@pytest.mark.parametrize("name", ["worker", "web", "redis"])
def test_a_part_whose_restart_was_interrupted_starts_again_alone(
    name: str, interrupt: Callable[..., bool], make_stack: Make
) -> None:
    lab = make_stack().start()
    (part,) = [part for part in lab.parts() if part.name == name]
    count = len(mine())
    for moment in (0.005, 0.015, 0.03, 0.05, 0.09):
        interrupt(part.restart, moment)
        on_another_thread(part.start)
        assert part.state == "ready"
        assert lab.wait_for(lambda: len(mine()) == count, 6), "an earlier process still lives"
    assert lab.health().ok


def test_an_interrupt_does_not_cut_an_import_in_half(
    interrupt: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "slow_to_import.py").write_text("import time; time.sleep(0.5); whole = True")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("labapp.lab.client.NEEDED", ("slow_to_import",))
    assert interrupt(lambda: (import_client(), time.sleep(1)), 0.1)
    assert importlib.import_module("slow_to_import").whole


def test_a_stop_during_a_start_has_the_last_word(make_stack: Make) -> None:
    lab = make_stack()
    starting = threading.Thread(target=lab.start)
    starting.start()
    while lab._lock.acquire(blocking=False):  # until the other thread holds it
        lab._lock.release()
    lab.stop()
    starting.join(40)
    assert not lab.running
    assert {part.state for part in lab.parts()} == {"stopped"}


def test_what_a_stop_ended_is_stopped_even_if_nobody_waits(
    interrupt: Callable[..., bool], make_stack: Make
) -> None:
    lab = make_stack().start()
    pid = lab.web.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that the end comes after the interrupt
    assert interrupt(lab.web.stop, 0.05)
    os.kill(pid, signal.SIGCONT)
    assert lab.wait_for(lambda: lab.web.state == "stopped", 6)


def test_late_news_of_an_ended_guardian_does_not_reach_the_next(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    earlier = lab._processes
    lab.stop()
    lab.start()
    lab.hear(earlier, {"op": "exit", "key": "worker.2", "code": 0})
    lab.hear(earlier, {"op": "gone"})
    assert lab.running
    assert lab.worker.state == "ready"


def test_an_ended_guardians_last_word_as_the_next_lab_begins_is_no_news(make_stack: Make) -> None:
    lab = make_stack(web=None)
    earlier = lab._processes
    words = [{"op": "exit", "key": "worker.1", "code": 0}, {"op": "gone"}]
    late = [threading.Thread(target=lab.hear, args=(earlier, word)) for word in words]
    with lab._changed:
        for thread in late:
            thread.start()
            time.sleep(0.1)  # it stands where it wants the news, before it has the lock
        lab._processes = {}
    for thread in late:
        thread.join(10)
    assert not lab.gone
    assert lab._processes == {}


def test_an_error_while_hearing_one_event_does_not_deafen_the_lab(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    parts = lab.parts
    calls = []

    def faulty() -> list[Part]:
        calls.append(1)
        raise RuntimeError("once")

    lab.parts = faulty  # type: ignore[method-assign]
    process = lab.worker.process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert lab.wait_for(lambda: bool(calls), 6)
    lab.parts = parts  # type: ignore[method-assign]
    lab.worker.start()  # would wait for ever if nobody listened
    assert lab.worker.state == "ready"


def test_eight_hands_at_once_leave_a_lab_that_works(make_stack: Make) -> None:
    lab = make_stack().start()
    actions = [
        lab.start,
        lab.stop,
        lab.worker.kill,
        lab.web.restart,
        lab.redis.kill,
        lab.redis.start,
    ]
    # Without Redis a worker does not become ready; nobody should wait for that the usual 30 s.
    actions += [lambda: lab.worker.restart(timeout=3), lambda: lab.worker.restart(3, force=True)]
    many_hands(8, 6, lambda choice: choice.choice(actions)())
    lab.stop()
    assert lab.start().health().ok


def test_a_process_that_was_killed_as_it_was_born_is_gone(make_stack: Make) -> None:
    lab = make_stack(web=None).start()
    for signum in (signal.SIGKILL, signal.SIGTERM) * 10:
        process = lab.track(lab.worker.spawn())
        lab.send_signal(process.key, signum, group=signum == signal.SIGKILL)
        assert lab.wait_for(lambda process=process: process.ended, 20), signum  # type: ignore[misc]


def test_what_was_asked_for_and_never_started_does_not_keep_anybody_waiting(
    make_stack: Make,
) -> None:
    lab = make_stack(web=None).start()
    phantom = lab.track("worker.99")
    lab.send_signal(phantom.key, signal.SIGKILL, group=True)
    assert lab.wait_for(lambda: phantom.ended, 6)
