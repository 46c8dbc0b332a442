"""Labs for the tests: one of our own app for a whole module, and as many others as a test needs."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labapp.lab import Stack

#: A stranger's app in one module, as the article has it, reading nothing but REDIS_URL.
STRANGER = """
import os, time
from celery import Celery
from flask import Flask, jsonify

app = Flask(__name__)
celery = Celery("stranger", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])

@celery.task(name="answer")
def answer():
    return 1

@celery.task(name="nap")
def nap(seconds):
    time.sleep(seconds)
    return "rested"

@celery.task(name="leave_children")
def leave_children():
    import subprocess
    pids = [subprocess.Popen(["sleep", "300"], start_new_session=s).pid for s in (False, True)]
    return pids

@app.get("/hello")
def hello():
    return jsonify(word="hello")
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A lab of our own app, shared by the tests of a module that leave it as it was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(tmp_path_factory.mktemp("run")))
        with Stack() as running:
            yield running


@pytest.fixture
def make_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Stacks that end with the test, in a folder of their own."""
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path / "run"))
    made: list[Stack] = []

    def make(**options: object) -> Stack:
        made.append(Stack(**options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a learner's module and make its folder the current one."""

    def write(source: str = STRANGER, name: str = "stranger.py") -> Path:
        path = tmp_path / name
        path.write_text(textwrap.dedent(source))
        monkeypatch.chdir(tmp_path)
        return path

    return write
