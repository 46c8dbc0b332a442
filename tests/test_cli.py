"""The command says what it cannot do, and never with a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from labapp import cli


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("labapp 0.")


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["fly"],
        ["lab", "--port", "many"],
        ["lab", "--fast"],
        ["redis", "--port", "99999"],
        ["up", "--concurrency", "0"],
    ],
)
def test_what_it_does_not_know_is_told_in_a_sentence(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(wrong)
    told = capsys.readouterr().err
    assert told.startswith("labapp: ")
    assert "--help" in told


def test_an_error_of_a_room_is_one_sentence_and_exit_code_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my").write_text("a file where the folder should be")
    monkeypatch.setenv("LABAPP_MY", str(tmp_path / "my"))
    assert cli.main(["lab", "--no-browser"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("labapp lab: Your folder")
    assert told.count("\n") == 1


def test_on_windows_it_says_wsl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert cli.main(["lab"]) == 1
    assert "WSL" in capsys.readouterr().err


def test_help_costs_no_room() -> None:
    program = (
        "import sys; from labapp.cli import parser; parser().format_help(); "
        "print(sorted({'celery', 'flask', 'jupyterlab', 'redis'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.stdout.strip() == "[]"
