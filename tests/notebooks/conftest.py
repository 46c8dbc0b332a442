"""The notebook lanes: run notebooks in a copy of their folder, as a learner would, and judge."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

NBVAL_HOOKS = Path(__file__).with_name("nbval_hooks.py")
#: Seconds that the lane gives to one cell, and to all notebooks of a tree.
CELL_TIMEOUT = 120
LANE_TIMEOUT = 900


class Lane(NamedTuple):
    """What one run of nbval said, and where it ran."""

    code: int
    text: str
    runs: Path


@pytest.fixture
def run_lane(checkout: Path, tmp_path: Path) -> Callable[..., Lane]:
    """Run a folder of notebooks through nbval: `run_lane(folder, "--nbval-lax")`."""

    def run(folder: Path, mode: str = "--nbval-lax", junit: str = "") -> Lane:
        copy = tmp_path / "run" / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".*", "answers"))
        # Its own root: the options of this test run (pyproject.toml) are not the lane's.
        shutil.copy(NBVAL_HOOKS, copy.parent / "conftest.py")
        (copy.parent / "pytest.ini").write_text("[pytest]\n")
        runs = tmp_path / "labs"
        command = [
            *(sys.executable, "-m", "pytest", "-p", "no:valkey", "-p", "no:cacheprovider"),
            *(mode, "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}"),
            *("--durations=10", "--tb=short", copy.name),
        ]
        if junit:
            command.append(f"--junitxml={checkout / 'build' / 'junit' / junit}")
        environ = os.environ | {"LABAPP_RUN": str(runs)}
        done = subprocess.run(
            command,
            cwd=copy.parent,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LANE_TIMEOUT,
        )
        return Lane(code=done.returncode, text=done.stdout + done.stderr, runs=runs)

    return run
