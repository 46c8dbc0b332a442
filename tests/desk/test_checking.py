"""`labapp check` judges what a learner has, and what the kit has, with an exit code for CI."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp import cli
from labapp.desk import checking
from labapp.grade.manifest import Manifest, catalogue
from labapp.grade.verdict import Requirement, Verdict

PASSED = ("passed", (Requirement("It works", True, "1", "1"),))
FAILED = ("failed", (Requirement("It works", False, "1", "0", "order 7"),))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Judges without a sandbox: what holds the word `mended` passes. The folders that it saw."""
    folders: list[Path] = []

    def judge(manifest: Manifest, folder: Path) -> Verdict:
        folders.append(folder)
        mended = any("mended" in path.read_text() for path in folder.glob("*.py"))
        status, rows = PASSED if mended else FAILED
        return Verdict(manifest.id, status, rows, "set-sent", "Mend it.", 77)  # type: ignore[arg-type]

    monkeypatch.setattr(checking, "run_check", judge)
    return folders


@pytest.fixture
def write_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lay an answer below some folder, and stand beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABAPP_MY", str(tmp_path / "my"))

    def write(text: str, below: str = ".", exercise: str = "05_arguments") -> Path:
        folder = tmp_path / below / "answers" / exercise
        folder.mkdir(parents=True)
        (folder / "parcels.py").write_text(text)
        return folder

    return write


def test_a_passing_answer_is_exit_code_0(
    judged: list[Path], write_answer: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_answer("mended")
    assert cli.main(["check", "05"]) == 0
    assert judged == [folder]
    assert "05_arguments: passed, 1 of 1 hold" in capsys.readouterr().out


def test_a_failing_answer_is_exit_code_1_with_its_seed_and_details(
    judged: list[Path], write_answer: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write_answer("broken")
    assert cli.main(["check"]) == 1
    told = capsys.readouterr().out
    assert "set-sent: Mend it." in told
    assert "seed 77" in told
    assert "order 7" in told


def test_the_answers_in_the_learners_folder_are_found(
    judged: list[Path], write_answer: Callable[..., Path]
) -> None:
    folder = write_answer("mended", below="my/exercises")
    assert cli.main(["check"]) == 0
    assert judged == [folder]


def test_json_is_for_machines(
    judged: list[Path], write_answer: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write_answer("broken")
    assert cli.main(["check", "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert told["exercise"] == "05_arguments"
    assert told["passed"] is False
    assert told["diagnosis"] == "set-sent"
    assert told["requirements"][0]["seen"] == "0"


def test_without_an_answer_it_says_where_to_begin(
    judged: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABAPP_MY", str(tmp_path / "my"))
    assert cli.main(["check"]) == 1
    assert "open a notebook" in capsys.readouterr().err
    assert cli.main(["check", "05"]) == 1
    assert "no answer was found" in capsys.readouterr().err


def test_an_operational_one_is_sent_to_its_notebook(
    judged: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    operational = next(one for one in catalogue().values() if one.operational)
    assert cli.main(["check", operational.id]) == 1
    assert "task.check(lab)" in capsys.readouterr().err


def test_an_exercise_that_there_is_not_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "99"]) == 1
    assert "There is no exercise '99'" in capsys.readouterr().err


@pytest.mark.services
def test_a_solution_is_judged_for_real(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout)
    assert cli.main(["check", "05", "--solutions"]) == 0
    assert "05_arguments: passed" in capsys.readouterr().out
