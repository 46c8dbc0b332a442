"""A lab in a real Jupyter kernel: restart, shutdown and kill take it along, interrupt does not."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labapp.lab.registry import list_labs
from tests.lab.kernels import START, OwnKernel

CONTRACT = 2.0


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OwnKernel]:
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))
    started = OwnKernel()
    yield started
    started.end()


ENDS: dict[str, Callable[[OwnKernel], object]] = {
    "restart now": lambda k: k.manager.restart_kernel(now=True),
    "restart": lambda k: k.manager.restart_kernel(),
    "shutdown": lambda k: k.manager.shutdown_kernel(),
    "shutdown now, as nbval does": lambda k: k.manager.shutdown_kernel(now=True),
    "os._exit in a cell": lambda k: k.client.execute("import os; os._exit(1)"),
    "a stopped lab": lambda k: k.run("stack.stop()"),
    "a lab that nothing refers to": lambda k: k.run("del stack; import gc; gc.collect()"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_lab_is_gone_after(end: str, kernel: OwnKernel, tmp_path: Path) -> None:
    kernel.start_lab()
    ENDS[end](kernel)
    assert kernel.gone(3 * CONTRACT), kernel.left()
    assert list_labs(tmp_path) == []


def test_a_restart_in_the_middle_of_starting_leaves_nothing(
    kernel: OwnKernel, tmp_path: Path
) -> None:
    for delay in (0.1, 0.3, 0.6):
        kernel.begin(START)
        time.sleep(delay)
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=60)
        deadline = time.monotonic() + 3 * CONTRACT
        while list_labs(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list_labs(tmp_path) == []


def test_an_interrupted_cell_leaves_the_services_alone(kernel: OwnKernel) -> None:
    kernel.start_lab()
    kernel.begin("import time; time.sleep(30)")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    assert kernel.run("print(stack.health().ok)") == "True\n"
    assert sorted(kernel.left()) == sorted(kernel.marks)


def test_an_interrupt_in_the_middle_of_starting_leaves_nothing(
    kernel: OwnKernel, tmp_path: Path
) -> None:
    kernel.begin(START)
    time.sleep(0.4)
    os.killpg(os.getpgid(int(kernel.manager.provisioner.pid)), signal.SIGINT)
    said = kernel.run("import psutil; print(len(psutil.Process().children()))")
    assert int(said) in (0, 1)  # either it was interrupted, and ended; or it had just started
    kernel.run("stack = None; import gc; gc.collect()")
    deadline = time.monotonic() + 3 * CONTRACT
    while list_labs(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list_labs(tmp_path) == []
