"""The lanes run the notebooks for real, refuse what is wrong, and leave nothing running."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from labapp.lab.registry import list_labs

LEAVES_A_LAB = """\
from labapp import Stack
stack = Stack().start()
print(stack.running)"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "notebooks"
    path.mkdir()
    return path


def sample(folder: Path, source: str, text: str = "", *, tags: tuple[str, ...] = ()) -> None:
    outputs = [new_output("stream", name="stdout", text=text)] if text else []
    cell = new_code_cell(source, execution_count=1, outputs=outputs, metadata={"tags": list(tags)})
    nbformat.write(new_notebook(cells=[cell]), folder / "sample.ipynb")


def what_runs_of(runs: Path, patience: float = 6.0) -> list[str]:
    """Labs, and processes that carry the run's mark in their environment, that do not go away.

    A lab has two seconds to be gone after its kernel; the patience is three times that.
    """
    deadline = time.monotonic() + patience
    while True:
        labs = [str(lab) for lab in list_labs(runs)] if runs.exists() else []
        left = labs + [str(process) for process in psutil.process_iter() if _carries(process, runs)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def _carries(process: psutil.Process, runs: Path) -> bool:
    try:
        return process.environ().get("LABAPP_RUN") == str(runs)
    except psutil.Error:
        return False


def test_every_lesson_runs_from_top_to_bottom(run_lane: Callable[..., Any], checkout: Path) -> None:
    lane = run_lane(checkout / "notebooks", junit="lane-notebooks.xml")
    assert lane.code == 0, lane.text
    assert what_runs_of(lane.runs) == []


def test_a_true_check_passes(run_lane: Callable[..., Any], folder: Path) -> None:
    sample(folder, "print(6 * 7)", "42\n", tags=("nbval-check-output",))
    lane = run_lane(folder)
    assert lane.code == 0, lane.text


def test_a_wrong_checked_output_is_refused(run_lane: Callable[..., Any], folder: Path) -> None:
    sample(folder, "print(6 * 7)", "41\n", tags=("nbval-check-output",))
    lane = run_lane(folder)
    assert lane.code == 1
    assert "41" in lane.text


def test_an_unexpected_error_is_refused(run_lane: Callable[..., Any], folder: Path) -> None:
    sample(folder, "1 / 0")
    lane = run_lane(folder)
    assert lane.code == 1
    assert "ZeroDivisionError" in lane.text


def test_pictures_are_left_out_of_the_comparison(
    run_lane: Callable[..., Any], folder: Path
) -> None:
    show = "from IPython.display import display\n"
    show += "display({'text/html': 'now', 'text/plain': 'a bar'}, raw=True)"
    sample(folder, show)
    path = folder / "sample.ipynb"
    notebook = nbformat.read(path, as_version=4)
    data = {"text/html": "then", "text/plain": "a bar"}
    notebook.cells[0].outputs = [new_output("display_data", data=data)]
    nbformat.write(notebook, path)
    lane = run_lane(folder, "--nbval")
    assert lane.code == 0, lane.text


def test_a_lab_that_a_notebook_left_running_is_gone_with_its_kernel(
    run_lane: Callable[..., Any], folder: Path
) -> None:
    sample(folder, LEAVES_A_LAB, "True\n", tags=("nbval-check-output",))
    lane = run_lane(folder)
    assert lane.code == 0, lane.text
    assert lane.runs.exists(), "the lab kept its folder elsewhere: nothing was watched"
    assert what_runs_of(lane.runs) == []


def test_a_process_that_stays_is_seen(tmp_path: Path) -> None:
    environ = os.environ | {"LABAPP_RUN": str(tmp_path)}
    stays = subprocess.Popen(["sleep", "60"], env=environ, start_new_session=True)
    try:
        assert str(stays.pid) in str(what_runs_of(tmp_path, patience=0.5))
    finally:
        stays.kill()
        stays.wait()
