"""The lanes run the notebooks for real, refuse what is wrong by name, and leave nothing running."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from labapp.lab.registry import list_labs
from tests.notebooks.samples import cell, put, stream, write_samples

#: Seconds for a cell of a sample: the one that hangs costs as much.
SAMPLE_TIMEOUT = 15


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


@pytest.fixture(scope="module")
def seeded(run_lane: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One lax lane over all samples: nbval costs seconds for each process."""
    folder = tmp_path_factory.mktemp("seeded") / "samples"
    write_samples(folder)
    return run_lane(folder, cell_timeout=SAMPLE_TIMEOUT)


def test_every_lesson_runs_from_top_to_bottom(run_lane: Callable[..., Any], checkout: Path) -> None:
    lane = run_lane(checkout / "notebooks", junit="lane-notebooks.xml")
    assert lane.code == 0, lane.text
    assert what_runs_of(lane.runs) == []


def test_every_solution_holds_strictly(run_lane: Callable[..., Any], checkout: Path) -> None:
    lane = run_lane(checkout / "solutions", "--nbval", junit="lane-solutions.xml")
    assert lane.code == 0, lane.text
    assert what_runs_of(lane.runs) == []


@pytest.mark.parametrize(
    "name", ["true_text", "true_picture", "true_sanitised", "true_error", "true_lab", "true_file"]
)
def test_a_true_notebook_passes(name: str, seeded: Any) -> None:
    assert f"samples/{name}.ipynb" in seeded.text, seeded.text
    assert seeded.refused(name) == [], seeded.text


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("no_wrong_output", "Cell outputs differ"),
        ("no_stripped", "cell 1 was never run"),
        ("no_claim", "names no claim"),
        ("no_text_left", "empty once sanitised"),
        ("no_error_expected", "ZeroDivisionError: division by zero"),
        ("no_stored_error", "no raises-exception tag expects"),
        ("no_leak", "left behind: process"),
        ("no_file_left", "left behind: file left.txt"),
        ("no_end", f"Timeout of {SAMPLE_TIMEOUT} seconds exceeded"),
        ("no_kernel", "The kernel died in this cell"),
        ("no_lab_words", "RuntimeError: after the lab had started"),
    ],
)
def test_a_seeded_error_is_refused_with_notebook_cell_and_cause(
    name: str, cause: str, seeded: Any
) -> None:
    refused = seeded.refused(name)
    assert refused, seeded.text
    assert refused[0].startswith(f"{name}.ipynb, code cell ")
    assert cause in refused[0]


def test_nothing_but_the_seeded_errors_is_refused(seeded: Any) -> None:
    assert seeded.code == 1
    named = {line.split(".ipynb")[0] for line in seeded.text.splitlines() if "REFUSED " in line}
    assert not {name for name in named if name.startswith("REFUSED true_")}


def test_a_failing_cell_comes_with_the_last_words_of_its_services(seeded: Any) -> None:
    words = seeded.text.partition("after the lab had started")[2]
    assert "the lab's worker.log" in words
    assert "ready." in words


def test_what_a_notebook_leaked_is_ended_by_the_lane(seeded: Any) -> None:
    assert what_runs_of(seeded.runs) == []
    (line,) = seeded.refused("no_leak")
    assert not psutil.pid_exists(int(line.split("process ")[1]))


def test_the_strict_lane_compares_every_cell(
    run_lane: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("strict") / "solutions"
    put(folder, "true_text", cell("print(6 * 7)", stream("42\n")), cell("pass"))
    put(folder, "no_wrong_output", cell("print(6 * 7)", stream("41\n")))
    put(folder, "no_new_output", cell("print(6 * 7)"))
    put(folder, "no_error", cell("pass", tags=["raises-exception"]))
    lane = run_lane(folder, "--nbval")
    assert lane.refused("true_text") == [], lane.text
    assert "Cell outputs differ" in lane.refused("no_wrong_output")[0]
    assert "Cell outputs differ" in lane.refused("no_new_output")[0]
    assert "expects an error" in lane.refused("no_error")[0]


def test_a_process_that_stays_is_seen(tmp_path: Path) -> None:
    environ = os.environ | {"LABAPP_RUN": str(tmp_path)}
    stays = subprocess.Popen(["sleep", "60"], env=environ, start_new_session=True)
    try:
        assert str(stays.pid) in str(what_runs_of(tmp_path, patience=0.5))
    finally:
        stays.kill()
        stays.wait()
