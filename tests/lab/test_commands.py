"""The lab from a terminal: up, redis, ps, clean, doctor."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from labapp.lab.boot.ports import free_port
from labapp.lab.doctor import check_packages, run_doctor
from labapp.lab.redis_part import connect
from labapp.lab.registry import clean_labs, list_labs


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path / "run"))
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


class Running:
    """A command whose output is read line by line."""

    def __init__(self, environ: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labapp", *arguments],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended without {pattern!r}:\n{''.join(self.lines)}")

    def control_c(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)
        assert self.process.stdout is not None
        self.lines += self.process.stdout.readlines()
        return self.process.wait(30)


@pytest.fixture
def run(environ: dict[str, str]) -> Iterator[type]:
    started: list[Running] = []

    def start(*arguments: str) -> Running:
        started.append(Running(environ, *arguments))
        return started[-1]

    yield start  # type: ignore[misc]
    for one in started:
        one.process.kill()
        one.process.wait()


def test_up_shows_all_logs_side_by_side_and_ends_with_control_c(run, tmp_path: Path) -> None:
    up = run("up")
    url = up.read_until(r"web\s+(http://127\.0\.0\.1:\d+)")[1]
    up.read_until(r"worker\s+\| .*ready")
    assert httpx.get(url + "/healthz").status_code == 200
    sent = httpx.post(url + "/tasks/long_running_task", json={"seconds": 0})
    assert sent.status_code == 202
    up.read_until(r"worker\s+\| .*succeeded")
    assert up.control_c() == 0
    assert "Traceback" not in "".join(up.lines)
    assert list_labs(tmp_path / "run") == []


def test_redis_runs_the_bundled_server_in_the_foreground(run) -> None:
    port = free_port()
    server = run("redis", "--port", str(port))
    server.read_until(rf"redis://127\.0\.0\.1:{port}/0")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with connect(f"redis://127.0.0.1:{port}/0") as client:
                assert client.ping()
                break
        except Exception:
            time.sleep(0.02)
    second = run("redis", "--port", str(port))
    second.read_until("cannot be used.*--port")
    assert second.process.wait(10) == 1
    server.control_c()


def test_ps_lists_the_labs_and_clean_ends_them(run, tmp_path: Path) -> None:
    nothing = run("ps")
    nothing.read_until("No lab of yours is running")
    up = run("up")
    up.read_until("Ctrl-C ends all of it")
    (lab,) = list_labs(tmp_path / "run")
    run("ps").read_until(rf"{lab.name}: started .* redis \(pid \d+\)")
    run("clean").read_until(f"Ended: {lab.name}")
    assert list_labs(tmp_path / "run") == []
    assert up.process.wait(30) == 1


def test_clean_spares_a_process_that_only_has_the_same_pid(
    environ: dict[str, str], tmp_path: Path
) -> None:
    from labapp.lab.folder import make_folder, write_record
    from labapp.lab.registry import clean_labs

    bystander = subprocess.Popen(["sleep", "60"])
    folder = make_folder()
    pid = bystander.pid
    write_record(folder, {"guardian": [pid, "another start"], "parts": [["redis.1", pid, "x"]]})
    assert clean_labs(tmp_path / "run") == []
    assert bystander.poll() is None
    assert not folder.exists()
    bystander.kill()
    bystander.wait()


def test_clean_removes_nothing_that_is_not_a_labs_folder(
    environ: dict[str, str], tmp_path: Path
) -> None:
    from labapp.lab.registry import clean_labs

    mine = tmp_path / "run" / "lab-notes"
    mine.mkdir(parents=True)
    (mine / "thesis.txt").write_text("years of work")
    clean_labs(tmp_path / "run")
    assert (mine / "thesis.txt").exists()


def test_doctor_finds_a_healthy_machine_well(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("")
    assert run_doctor(lock) == 0
    said = capsys.readouterr().out
    assert "FAIL" not in said
    assert "round trip: a message went there and back" in said


def test_doctor_names_what_is_broken_and_its_remedy(
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("celery==1.0.0\nredis==1.0 ; python_version < '3'\n")
    monkeypatch.setenv("LABAPP_REDIS_SERVER", "/nowhere/redis-server")
    assert run_doctor(lock) == 3
    said = capsys.readouterr().out
    assert re.search(r"FAIL {2}packages: celery .* instead of 1\.0\.0\n +-> Run `make setup`", said)
    assert re.search(r"FAIL {2}redis: There is no Redis server at '/nowhere", said)
    assert re.search(r"FAIL {2}lab starts: ", said)


def test_the_lock_is_read_with_its_markers(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("celery==0 ; python_version < '3'\n")
    assert check_packages(lock)[0]


GARBAGE = [
    b"\x00\xff\xfe",
    b"[" * 200_000,
    b'{"schema": 1, "parts": 5}',
    b'{"schema": 1, "parts": [["k", -1, "x"], ["k", 0, "y"]]}',
    b'{"schema": 1, "guardian": "ab"}',
    b'{"schema": 1, "started": "soon"}',
    b'{"schema": [1]}',
    b" " * 3_000_000 + b'{"schema": 1}',
]


@pytest.mark.parametrize("number", range(len(GARBAGE)))
def test_ps_and_clean_pass_over_garbage(
    number: int, environ: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "run" / f"lab-{number:08x}"
    folder.mkdir(parents=True)
    (folder / "lab.json").write_bytes(GARBAGE[number])
    assert list_labs(tmp_path / "run") == []
    assert clean_labs(tmp_path / "run") == []
    assert folder.exists()


def test_clean_follows_no_link_out_of_the_labs_folders(
    environ: dict[str, str], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lab.json").write_text('{"schema": 1}')
    (outside / "thesis.txt").write_text("years of work")
    run = tmp_path / "run"
    run.mkdir()
    (run / "lab-00000001").symlink_to(outside)
    inside = run / "lab-00000002"
    inside.mkdir()
    (inside / "lab.json").symlink_to(outside / "lab.json")
    (inside / "folder").symlink_to(outside)
    clean_labs(run)
    assert not inside.exists()
    assert sorted(path.name for path in outside.iterdir()) == ["lab.json", "thesis.txt"]
