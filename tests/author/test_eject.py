"""`labapp eject` writes a project that stands by itself: without labapp, and as its README says."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from labapp.author.eject import TEMPLATE, EjectError, run_eject, write_project
from tests.author.shell import Shell, await_that


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write_project(folder)
    return folder


def test_it_writes_the_whole_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {path.name for path in project.iterdir()}
    assert {"app.py", "README.md", "requirements.txt", "test_app.py"} <= names
    assert run_eject(project) == 0
    assert f"cd {project}" in capsys.readouterr().out


def test_what_was_added_beside_it_stays(project: Path) -> None:
    (project / "mine.txt").write_text("mine")
    write_project(project)
    assert (project / "mine.txt").read_text() == "mine"


def test_a_changed_file_is_not_overwritten(project: Path) -> None:
    (project / "app.py").write_text("mine")
    with pytest.raises(EjectError, match="not empty"):
        write_project(project)
    assert (project / "app.py").read_text() == "mine"


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(EjectError, match=r"mine\.txt.*Name a new folder"):
        write_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_way_round_through_a_folder_that_is_not_there_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("mine")
    with pytest.raises(EjectError, match="not empty"):
        write_project(tmp_path / "new" / "..")
    assert (tmp_path / "app.py").read_text() == "mine"


def test_a_folder_that_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EjectError, match="cannot be written"):
        write_project(tmp_path / "file" / "project")


def test_its_code_names_nothing_of_the_kit() -> None:
    for path in TEMPLATE.glob("*.py"):
        assert "labapp" not in path.read_text()


def test_it_asks_for_what_the_kit_asks_for(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    assert set((TEMPLATE / "requirements.txt").read_text().split()) <= set(project["dependencies"])


# From here on in a virtual environment of its own, with a Redis of its own.


@pytest.fixture(scope="module")
def venv(
    tmp_path_factory: pytest.TempPathFactory, checkout: Path, need: Callable[[Any, str], Any]
) -> Path:
    """The environment that its README has one make; the kit's lock says which versions."""
    folder = tmp_path_factory.mktemp("venv") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    # An empty LOCK is how the weekly run asks for the newest versions.
    lock = ["-c", checkout / "requirements.lock"] if os.environ.get("LOCK", "lock") else []
    install = [folder / "bin" / "pip", "install", "-q", "-r", TEMPLATE / "requirements-dev.txt"]
    done = subprocess.run([*install, *lock], capture_output=True, text=True)
    said = done.stderr.strip().splitlines()[-1:]
    need(done.returncode == 0, f"a package index that pip can install from ({said})")
    return folder


@pytest.fixture
def shell(venv: Path, project: Path, redis_server: Any) -> Iterator[Shell]:
    """A terminal in the project's folder, its environment active, REDIS_URL set."""
    with Shell(project, venv, redis_server.url) as opened:
        yield opened


@pytest.mark.services
def test_its_tests_pass_in_a_new_environment(shell: Shell) -> None:
    done = shell.run("python -c 'import labapp'")
    assert done.returncode, "labapp is in the new environment: this proves nothing"
    done = shell.run("pytest")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.services
@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (("@app.post(", "@app.route("), "test_a_get_starts_nothing"),
        (("info = str(info)", "pass"), "test_an_exception_is_told_in_its_own_words"),
        (("task_track_started=True", "task_track_started=False"), "test_a_task_that_runs_says_so"),
        (("app.run()", "app.run(debug=True)"), "test_the_debugger_is_off"),
        (("broker_url=REDIS_URL", "broker_url=REDIS_URL + '1'"), "test_broker_and_results"),
    ],
)
def test_its_tests_see_what_was_mended(change: Any, failing: str, shell: Shell) -> None:
    app = shell.folder / "app.py"
    app.write_text(app.read_text().replace(*change))
    done = shell.run(f"pytest -k {failing}")
    assert done.returncode == 1, done.stdout
    assert failing in done.stdout


@pytest.mark.services
def test_its_readme_runs_it_by_hand(shell: Shell) -> None:
    worker, web, ask = blocks((TEMPLATE / "README.md").read_text())[1:4]
    with free_port() as port:
        pass
    shell.start(worker)
    shell.start(web.replace("8000", str(port)))
    await_that(lambda: answers(port), shell)
    post, status = ask.replace("8000", str(port)).splitlines()
    task_id = re.search(r'"task_id": ?"([^"]+)"', shell.run(post).stdout)
    assert task_id
    status = status.replace("THE_ID_THAT_IT_ANSWERED", task_id[1])
    await_that(lambda: "STARTED" in shell.run(status).stdout, shell)


def blocks(text: str) -> list[str]:
    """The shell commands of a Markdown text, block by block."""
    return re.findall(r"^```bash\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/task_status/any").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]
