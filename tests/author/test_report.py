"""A report holds what a helper asks for, and nothing that should stay with its writer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labapp.author.report import ReportError, _last_check, run_report, without_secrets
from labapp.lab import Stack
from labapp.record import Record


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running lab with a secret in its worker's log, as a learner's code may print one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(tmp_path_factory.mktemp("run")))
        with Stack(web=None) as running:
            with open(running.worker.log_path, "a") as log:
                log.write(f"connected to {running.redis.url!s}\nAPI_KEY=tell-nobody\n")
            yield running


@pytest.fixture(scope="module")
def report(lab: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.txt"
    assert run_report(path) == 0
    return path.read_text()


@pytest.mark.services
@pytest.mark.parametrize(
    "said", ["# Versions", "celery 5", "# Doctor", "ok    redis:", "# Labs that run", "worker.log"]
)
def test_it_says_what_a_helper_asks_first(said: str, report: str) -> None:
    assert said in report


@pytest.mark.services
def test_it_names_the_running_lab_and_its_last_words(lab: Stack, report: str) -> None:
    assert lab.folder_path.name in report
    assert "ready." in report


@pytest.mark.services
def test_no_password_is_in_it(lab: Stack, report: str) -> None:
    assert "connected to redis://:**@" in report
    assert lab.redis._password not in report
    assert "tell-nobody" not in report


@pytest.mark.parametrize(
    "text",
    [
        "redis://:hunter2@host:6379/0",
        "redis://user:hunter2@host/0?x=1",
        "amqp://guest:hunter2@rabbit//",
        "rediss://host:6379/0?password=hunter2",
        "http://127.0.0.1:8888/lab?token=hunter2",
        "requirepass hunter2",
        "SECRET_KEY = 'hunter2'",
        '{"db_password": "hunter2"}',
        "AWS_SECRET_ACCESS_KEY=hunter2",
    ],
)
def test_a_secret_is_taken_out_wherever_it_stands(text: str) -> None:
    assert "hunter2" not in without_secrets(text)


@pytest.mark.parametrize(
    "text", ["2 tokens were drawn", "Task pw.check received", "ok  redis: 9.1"]
)
def test_other_words_are_left_as_they_are(text: str) -> None:
    assert without_secrets(text) == text


def test_the_home_folder_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert without_secrets("File /home/ada/app.py, /home/adam") == "File ~/app.py, /home/adam"


@pytest.mark.services
def test_a_report_never_overwrites_another(
    lab: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("labapp.author.report.examine_machine", lambda: iter(()))
    path = tmp_path / "report.txt"
    path.write_text("mine")
    run_report(path)
    assert path.read_text() == "mine"
    assert "report-2.txt" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labapp.author.report.examine_machine", lambda: iter(()))
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="Name another file"):
        run_report(tmp_path / "file" / "report.txt")


def test_it_tells_the_last_check_that_is_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABAPP_RECORD", str(tmp_path / "record.sqlite3"))
    assert _last_check() == "none is on record"
    Record().add("check", "04_configuration_ignored", "passed")
    Record().add("check", "05_arguments", "failed")
    assert _last_check().startswith("05_arguments: failed (20")
    monkeypatch.setenv("LABAPP_RECORD", str(tmp_path))
    assert "LABAPP_RECORD" in _last_check()
