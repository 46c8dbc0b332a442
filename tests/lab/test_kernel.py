"""A lab in a real Jupyter kernel: restart, shutdown and kill take it along, interrupt does not."""

import ast
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from labapp.lab.processes import start_mark
from labapp.lab.registry import list_labs

CONTRACT = 2.0
START = "from labapp.lab import Stack; stack = Stack(concurrency=1).start()"
MEMBERS = "import psutil; print([p.pid for p in psutil.Process().children(recursive=True)])"


class Kernel:
    """One kernel and what runs below it."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.marks: dict[int, str | None] = {}

    def run(self, code: str) -> str:
        """Execute a cell and return what it printed; its error is an error here."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(content["traceback"]))

        # A cell that was queued behind an interrupted one is aborted unrun: ask again.
        status = "aborted"
        while status == "aborted":
            reply = self.client.execute_interactive(code, timeout=60, output_hook=note)
            status = reply["content"]["status"]
        return "".join(printed)

    def start_lab(self) -> None:
        self.run(START)
        self.marks = {pid: start_mark(pid) for pid in ast.literal_eval(self.run(MEMBERS))}
        assert len(self.marks) >= 6

    def left(self) -> list[int]:
        return [pid for pid, mark in self.marks.items() if mark and start_mark(pid) == mark]

    def gone(self) -> bool:
        deadline = time.monotonic() + 3 * CONTRACT
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.left()


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kernel]:
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))
    started = Kernel()
    yield started
    started.client.stop_channels()
    started.manager.shutdown_kernel(now=True)
    started.manager.cleanup_resources()


ENDS: dict[str, Callable[[Kernel], object]] = {
    "restart now": lambda k: k.manager.restart_kernel(now=True),
    "restart": lambda k: k.manager.restart_kernel(),
    "shutdown": lambda k: k.manager.shutdown_kernel(),
    "shutdown now, as nbval does": lambda k: k.manager.shutdown_kernel(now=True),
    "os._exit in a cell": lambda k: k.client.execute("import os; os._exit(1)"),
    "a stopped lab": lambda k: k.run("stack.stop()"),
    "a lab that nothing refers to": lambda k: k.run("del stack; import gc; gc.collect()"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_lab_is_gone_after(end: str, kernel: Kernel, tmp_path: Path) -> None:
    kernel.start_lab()
    ENDS[end](kernel)
    assert kernel.gone(), kernel.left()
    assert list_labs(tmp_path) == []


def test_a_restart_in_the_middle_of_starting_leaves_nothing(kernel: Kernel, tmp_path: Path) -> None:
    for delay in (0.1, 0.3, 0.6):
        kernel.client.execute(START)
        time.sleep(delay)
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=60)
        deadline = time.monotonic() + 3 * CONTRACT
        while list_labs(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list_labs(tmp_path) == []


def test_an_interrupted_cell_leaves_the_services_alone(kernel: Kernel) -> None:
    kernel.start_lab()
    kernel.client.execute("import time; time.sleep(30)")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    assert kernel.run("print(stack.health().ok)") == "True\n"
    assert sorted(kernel.left()) == sorted(kernel.marks)


def test_an_interrupt_in_the_middle_of_starting_leaves_nothing(
    kernel: Kernel, tmp_path: Path
) -> None:
    kernel.client.execute(START)
    time.sleep(0.4)
    os.killpg(os.getpgid(int(kernel.manager.provisioner.pid)), signal.SIGINT)
    said = kernel.run("import psutil; print(len(psutil.Process().children()))")
    assert int(said) in (0, 1)  # either it was interrupted, and ended; or it had just started
    kernel.run("stack = None; import gc; gc.collect()")
    deadline = time.monotonic() + 3 * CONTRACT
    while list_labs(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list_labs(tmp_path) == []
