"""A new exercise begins as a skeleton that works, and its proofs say what it lacks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labapp.author.new_exercise import write_skeleton
from labapp.author.refuse import BuildError
from labapp.grade.manifest import read_manifest
from labapp.grade.solution import solution_cells


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one exercise in it."""
    (tmp_path / "labapp/grade/catalogue/05_arguments").mkdir(parents=True)
    return tmp_path


def test_the_skeleton_is_whole_and_takes_the_next_number(root: Path) -> None:
    write_skeleton("lost_visits", root)
    manifest = read_manifest(root / "labapp/grade/catalogue/06_lost_visits")
    assert manifest.title == "Lost visits"
    assert (root / "labapp/grade/checks/lost_visits.py").is_file()
    (mend,) = solution_cells(manifest, root)
    assert mend.startswith("%%writefile answers/06_lost_visits/counter.py")
    assert not [path for path in root.rglob("*") if path.is_file() and "$" in path.read_text()]


@pytest.mark.parametrize("name", ["Lost", "06_lost", "lost-visits", "", "arguments", "a b"])
def test_a_name_that_cannot_be_is_told(name: str, root: Path) -> None:
    with pytest.raises(BuildError):
        write_skeleton(name, root)


@pytest.mark.services
def test_the_proofs_cover_it_and_name_what_is_missing(checkout: Path, tmp_path: Path) -> None:
    for part in ("labapp", "notebooks", "solutions", "tests/grade/answers"):
        shutil.copytree(checkout / part, tmp_path / part)
    shutil.copy(checkout / "pyproject.toml", tmp_path)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "labapp", *words]
        environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)

    assert run("new-exercise", "lost_visits").returncode == 0
    told = run("check", "--prove", "lost_visits")
    assert told.returncode == 1
    row = next(line.split() for line in told.stdout.splitlines() if "_lost_visits  " in line)
    assert row[1:7] == ["never-sent", "1/1", "1/1", "1/1", "1/1", "1/1"], told
    assert told.stderr.count("\n") == 3
    assert "has 1 right answers, and 3 are asked" in told.stderr
