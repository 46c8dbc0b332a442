"""New code comes in, no task is lost, and no old code runs afterwards."""

import os
import py_compile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.lab import Stack, StartError, StopError
from tests.soak.restart import count


@pytest.fixture
def module(write_module: Callable[..., Path]) -> Path:
    return write_module()


@pytest.fixture
def lab(make_stack: Callable[..., Stack], module: Path) -> Stack:
    return make_stack(worker="stranger:celery", web=None).start()


def test_a_restarted_worker_runs_the_edited_code(lab: Stack, module: Path) -> None:
    assert lab.celery.send_task("answer").get(timeout=20) == 1
    module.write_text(module.read_text().replace("return 1", "return 2"))
    assert lab.celery.send_task("answer").get(timeout=20) == 1  # the worker imported it once
    lab.worker.restart()
    assert [lab.celery.send_task("answer").get(timeout=20) for _ in range(8)] == [2] * 8


def test_an_edit_in_the_same_second_and_of_the_same_size_is_seen(lab: Stack, module: Path) -> None:
    py_compile.compile(str(module))  # a cache as the kernel or a terminal would leave it
    saved = module.stat()
    module.write_text(module.read_text().replace("return 1", "return 2"))
    os.utime(module, ns=(saved.st_atime_ns, saved.st_mtime_ns))
    lab.worker.restart()
    assert lab.celery.send_task("answer").get(timeout=20) == 2


def test_a_restart_waits_for_the_running_task(lab: Stack) -> None:
    job = lab.celery.send_task("nap", args=[1.5])
    wait_until_started(lab)
    lab.worker.restart()
    assert job.state == "SUCCESS"


def test_a_task_too_long_is_named_and_goes_on(lab: Stack) -> None:
    job = lab.celery.send_task("nap", args=[4])
    wait_until_started(lab)
    with pytest.raises(StopError, match=rf"nap\[{job.id}\] is still running"):
        lab.worker.restart(timeout=1.5)
    assert lab.worker.state == "ready"
    assert lab.celery.send_task("answer").get(timeout=20) == 1
    assert job.get(timeout=20) == "rested"


def test_force_says_what_it_lost(lab: Stack) -> None:
    job = lab.celery.send_task("nap", args=[30])
    wait_until_started(lab)
    said = lab.worker.restart(force=True)
    assert said is not None
    assert job.id in said
    assert "lost" in said
    assert lab.celery.send_task("answer").get(timeout=20) == 1


def test_a_broken_edit_leaves_the_old_worker_working(lab: Stack, module: Path) -> None:
    module.write_text("def broken(:")
    with pytest.raises(StartError, match="does not import: SyntaxError"):
        lab.worker.restart()
    assert lab.worker.state == "ready"
    assert "old one still works" in lab.worker.reason
    assert lab.celery.send_task("answer").get(timeout=20) == 1


def test_no_task_is_lost_across_restarts_and_none_runs_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))
    found = count(tasks=600, restarts=4)
    assert (found.lost, found.twice, found.stranded) == (0, [], 0)


def test_a_stock_worker_stops_as_celery_does(
    make_stack: Callable[..., Stack], module: Path
) -> None:
    lab = make_stack(worker="stranger:celery", web=None, stock=True).start()
    assert lab.celery.send_task("answer").get(timeout=20) == 1
    begin = time.monotonic()
    lab.worker.stop()
    assert time.monotonic() - begin > 0.9  # each pool process sleeps a second after its last word


def wait_until_started(lab: Stack) -> None:
    """Until the worker has taken the task: the queue is empty and the log says received."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any("received" in line and "nap" in line for line in lab.worker.logs(20)):
            time.sleep(0.2)
            return
        time.sleep(0.02)
    raise AssertionError("the task did not start")
