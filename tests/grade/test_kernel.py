"""A check in a real kernel: the verdict is a cell's output, and the kernel lives on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.grade.conftest import until_the_answer_runs, what_is_left
from tests.lab.kernels import OwnKernel

OPEN = "from labapp import exercise; task = exercise('05_arguments')"


@pytest.fixture
def kernel(scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnKernel]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(scratch))
    started = OwnKernel()
    started.run(OPEN)
    yield started
    started.end()


def outputs(kernel: OwnKernel, code: str) -> list[dict[str, Any]]:
    """The bundles that a cell gives."""
    found: list[dict[str, Any]] = []

    def note(message: dict[str, Any]) -> None:
        if not message["msg_type"].startswith("comm_") and "data" in message["content"]:
            found.append({"type": message["msg_type"], **message["content"]["data"]})

    kernel.client.execute_interactive(code, timeout=60, output_hook=note)
    return found


def test_a_verdict_is_shown_as_a_table_and_as_text(kernel: OwnKernel) -> None:
    shown = outputs(kernel, "task.check()")
    verdict = next(one for one in shown if one["type"] == "execute_result")
    assert verdict["text/plain"].startswith("05_arguments: not yet, 2 of 4 hold")
    assert "<table>" in verdict["text/html"]
    live = [one for one in shown if one["type"] != "execute_result"]
    assert "application/vnd.jupyter.widget-view+json" in live[0]
    assert {one["text/plain"] for one in live} == {"Check of 05_arguments"}
    assert "application/vnd.jupyter.widget-view+json" not in live[-1]
    assert "took" in live[-1]["text/html"]


def test_the_kernel_lives_whatever_the_answer_does(kernel: OwnKernel, scratch: Path) -> None:
    kernel.run("(task.folder / 'parcels.py').write_text('import os\\nwhile True: os.fork()')")
    assert "stopped" in kernel.run("verdict = task.check(); print(verdict.status)")
    assert kernel.run("print(6 * 7)").strip() == "42"
    assert what_is_left(scratch) == []


def test_an_interrupt_ends_the_check_and_not_the_kernel(kernel: OwnKernel, scratch: Path) -> None:
    kernel.run("(task.folder / 'parcels.py').write_text('while True: pass')")
    kernel.client.execute("task.check()")
    until_the_answer_runs(scratch)
    kernel.manager.interrupt_kernel()
    assert kernel.run("print(6 * 7)").strip() == "42"
    assert what_is_left(scratch) == []
