"""However a kernel dies, its lab dies with it: two seconds are the contract, six the test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labapp.lab.boot import outer
from labapp.lab.processes import start_mark
from labapp.lab.registry import clean_labs, list_labs
from tests.lab.deaths import DEATHS, Victim, descendants, kill, start_victim

CONTRACT = 2.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts on a subreaper")


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Callable[..., Victim]]:
    started: list[Victim] = []

    def start(*arguments: str, after: str = "") -> Victim:
        started.append(start_victim(*arguments, after=after, run=tmp_path))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.mark.parametrize("death", DEATHS)
def test_nothing_is_left_after_the_death_of(death: str, victim: Callable[..., Victim]) -> None:
    lab = victim()
    assert len(lab.left()) >= 9  # two guardians, Redis, web, worker and its two, two sleeps
    DEATHS[death](lab)
    assert lab.seconds_until_gone() < 3 * CONTRACT, lab.left()
    deadline = time.monotonic() + 3 * CONTRACT
    while lab.folder.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not lab.folder.exists()


def test_of_kernel_and_outer_guardian_dying_in_turn_the_zygote_ends_the_rest(
    victim: Callable[..., Victim],
) -> None:
    lab = victim()
    os.kill(lab.zygote, signal.SIGSTOP)  # so that the second death falls before its work
    kill(lab.process.pid)
    time.sleep(0.1)
    kill(lab.outer)
    os.kill(lab.zygote, signal.SIGCONT)
    assert lab.seconds_until_gone() < 3 * CONTRACT, lab.left()


def test_a_zygote_that_hangs_is_killed_after_the_kernel(victim: Callable[..., Victim]) -> None:
    lab = victim()
    os.kill(lab.zygote, signal.SIGSTOP)
    kill(lab.process.pid)
    assert lab.seconds_until_gone() < 3 * CONTRACT, lab.left()


def test_a_child_that_the_kernel_forked_does_not_keep_the_lab_alive(
    victim: Callable[..., Victim],
) -> None:
    lab = victim("fork")
    forked = [pid for pid in descendants(lab.process.pid) if pid not in [p for p, _ in lab.members]]
    marks = {pid: start_mark(pid) for pid in forked}
    assert forked
    kill(lab.process.pid)
    assert lab.seconds_until_gone() < 3 * CONTRACT
    survivors = [pid for pid in forked if start_mark(pid) == marks[pid]]
    assert survivors  # the forked child itself is the learner's own
    kill(*survivors)


def test_an_exception_inside_with_lab_leaves_nothing(victim: Callable[..., Victim]) -> None:
    lab = victim(after="raise SystemExit('as a cell would')")
    assert lab.seconds_until_gone() < 3 * CONTRACT


def test_a_kernel_killed_in_the_middle_of_starting_leaves_nothing(tmp_path: Path) -> None:
    code = "from labapp.lab import Stack; Stack().start(); input()"
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for delay in (0.15, 0.25, 0.35, 0.5):
        kernel = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environ | {"LABAPP_RUN": str(tmp_path)},
            stdin=subprocess.PIPE,
        )
        time.sleep(delay)
        members = [(pid, start_mark(pid)) for pid in descendants(kernel.pid)]
        kernel.kill()
        kernel.wait()
        deadline = time.monotonic() + 3 * CONTRACT
        while time.monotonic() < deadline:
            left = [pid for pid, mark in members if mark and start_mark(pid) == mark]
            if not left and not list_labs(tmp_path):
                break
            time.sleep(0.01)
        assert not left
        assert list_labs(tmp_path) == []


def test_a_guardian_that_finds_its_kernel_dead_already_removes_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "lab-00000000"
    folder.mkdir()
    (folder / "lab.json").touch()
    not_its_parent = "1"
    argv = [sys.executable, "-S", "-P", outer.__file__, not_its_parent]
    assert subprocess.run(argv, cwd=folder, timeout=30).returncode == 0
    assert not folder.exists()


def test_an_interrupt_of_the_kernels_group_leaves_the_services_alone(
    victim: Callable[..., Victim],
) -> None:
    lab = victim(after="import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)")
    time.sleep(0.2)
    before = lab.left()
    os.killpg(lab.process.pid, signal.SIGINT)
    time.sleep(0.5)
    assert lab.left() == before


def test_when_both_guardians_die_at_once_clean_finds_the_rest(
    victim: Callable[..., Victim], tmp_path: Path
) -> None:
    lab = victim()
    os.kill(lab.zygote, signal.SIGSTOP)  # so that neither can act on the other's death
    os.kill(lab.outer, signal.SIGSTOP)
    kill(lab.zygote, lab.outer)
    deadline = time.monotonic() + 3 * CONTRACT
    while len(lab.left()) > 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(lab.left()) == 2  # the task's own children; the services have died
    assert [one.name for one in list_labs(tmp_path)] == [lab.folder.name]
    assert clean_labs(tmp_path) == [lab.folder.name]
    assert lab.seconds_until_gone() < 3 * CONTRACT
    assert list_labs(tmp_path) == []
