"""One lane: a folder of notebooks run through nbval, in a copy, as a learner would run them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from labapp.author.sanitise import RULES_FILE

NBVAL_HOOKS = Path(__file__).with_name("nbval_hooks.py")
#: Seconds that the lane gives to one cell, and to all notebooks of a tree.
CELL_TIMEOUT = 120
LANE_TIMEOUT = 900


class Lane(NamedTuple):
    """What one run of nbval said, and where it ran."""

    code: int
    text: str
    runs: Path

    def refused(self, notebook: str) -> list[str]:
        """Why it refused this notebook: a line for each cell that it names."""
        return [
            line.removeprefix("REFUSED ")
            for line in self.text.splitlines()
            if line.startswith(f"REFUSED {notebook}.ipynb, ")
        ]


def run_lane(
    folder: Path,
    place: Path,
    mode: str = "--nbval-lax",
    junit: Path | None = None,
    cell_timeout: int = CELL_TIMEOUT,
) -> Lane:
    """Run a folder's notebooks in a copy of it below `place`, an empty folder."""
    copy = place / "run" / folder.name
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".*", "answers"))
    # Its own root: the options of this test run (pyproject.toml) are not the lane's.
    shutil.copy(NBVAL_HOOKS, copy.parent / "conftest.py")
    (copy.parent / "pytest.ini").write_text("[pytest]\n")
    runs = place / "labs"
    command = [
        *(sys.executable, "-m", "pytest", "-p", "no:valkey", "-p", "no:cacheprovider"),
        *("-p", "no:xdist", mode, "--nbval-current-env"),
        *(f"--nbval-cell-timeout={cell_timeout}", f"--nbval-sanitize-with={RULES_FILE}"),
        *("--durations=10", "--tb=short", copy.name),
    ]
    if junit:
        command.append(f"--junitxml={junit}")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        command,
        cwd=copy.parent,
        env=environ | {"LABAPP_RUN": str(runs), "LABAPP_RECORD": str(place / "record.sqlite3")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LANE_TIMEOUT,
    )
    return Lane(code=done.returncode, text=done.stdout + done.stderr, runs=runs)
