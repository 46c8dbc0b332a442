"""Code in a cell is held to what code in a module is held to: `make check` reads both."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

PLACES = ("notebooks", "notebooks/interview", "exercises", "solutions")


def ruff(checkout: Path, place: str, *verb: str, cell: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", *verb, "--force-exclude", "--stdin-filename"]
    return subprocess.run(
        [*command, str(checkout / place / "09_sample.ipynb"), "-"],
        input=writes(new_notebook(cells=[new_code_cell(cell)])),
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("place", PLACES)
def test_a_cell_with_a_mistake_is_refused_and_a_good_one_is_not(checkout: Path, place: str) -> None:
    refused = ruff(checkout, place, "check", cell="print(undefined_name)\n")
    assert refused.returncode == 1
    assert "F821" in refused.stdout
    assert ruff(checkout, place, "check", cell='print("a")').returncode == 0


@pytest.mark.parametrize("place", PLACES)
def test_a_cell_that_is_not_formatted_is_refused(checkout: Path, place: str) -> None:
    assert ruff(checkout, place, "format", "--check", cell="print( 'a' )").returncode == 1
    assert ruff(checkout, place, "format", "--check", cell='print("a")').returncode == 0
