"""A learner's code may do anything: the lab goes on, and says what is wrong in a sentence."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.lab import ModuleError, OptionError, Stack, StartError, StateError
from labapp.lab.processes import start_mark

Make = Callable[..., Stack]
Write = Callable[..., Path]

APP = """
import os, signal, time
from celery import Celery
from flask import Flask

app = Flask(__name__)
celery = Celery("mine", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
"""

#: A daemon as the textbook makes it: forked twice, never executed, deaf to TERM.
DAEMON = """
@celery.task(name="daemon")
def daemon():
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(300)
        os.write(write, str(pid).encode())
        os._exit(0)
    return int(os.read(read, 100))
"""

#: Processes that live for moments in sessions of their own, fifty at once.
SWARM = '''
@celery.task(name="swarm")
def swarm():
    import subprocess, sys
    loop = """
import os, time
living = set()
while True:
    while len(living) < 50:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            time.sleep(0.05)
            os._exit(0)
        living.add(pid)
    living.discard(os.wait()[0])
"""
    return subprocess.Popen([sys.executable, "-S", "-c", loop], start_new_session=True).pid
'''


def test_a_worker_killed_over_a_tasks_daemon_is_failed_and_starts_again(
    write_module: Write, make_stack: Make
) -> None:
    write_module(APP + DAEMON, "mine.py")
    lab = make_stack(worker="mine:celery", web=None).start()
    daemon = lab.celery.send_task("daemon").get(timeout=20)
    assert start_mark(daemon)
    assert lab.worker.pid is not None
    os.kill(lab.worker.pid, signal.SIGKILL)
    assert lab.wait_for(lambda: lab.worker.state == "failed", 6)
    lab.worker.start()
    assert lab.health().ok
    lab.stop()
    assert start_mark(daemon) is None


def test_a_swarm_of_short_lived_processes_ends_with_the_lab(
    write_module: Write, make_stack: Make
) -> None:
    write_module(APP + SWARM, "mine.py")
    lab = make_stack(worker="mine:celery", web=None).start()
    swarm = lab.celery.send_task("swarm").get(timeout=20)
    assert start_mark(swarm)
    lab.stop()
    assert start_mark(swarm) is None


def test_words_written_into_the_guardians_pipe_are_passed_over(
    write_module: Write, make_stack: Make
) -> None:
    pipes = """
for fd in range(3, 20):
    try:
        os.write(fd, b'{"half a word\\n5\\n')
    except OSError:
        pass
"""
    write_module(APP + pipes, "mine.py")
    lab = make_stack(worker="mine:celery", web=None).start()
    assert lab.health().ok


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; sys.exit('Set API_KEY first')", r"calls exit\(\).*Set API_KEY first"),
        ("import os; os._exit(0)", r"ended while starting \(exit code 0\)"),
        (
            "import atexit, time; atexit.register(time.sleep, 60); 1/0",
            "^worker: Module .mine. does",
        ),
    ],
)
def test_a_module_that_ends_oddly(
    source: str, said: str, write_module: Write, make_stack: Make
) -> None:
    write_module(source, "mine.py")
    with pytest.raises(StartError, match=said):
        make_stack(worker="mine:celery", web=None).start()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def app(config): ...", "cannot be called as a WSGI app.*factory"),
        ("async def app(scope, receive, send): ...", "cannot be called as a WSGI app.*ASGI"),
        ("def app(): raise KeyError('DATABASE')", r"raised KeyError: 'DATABASE' \(mine\.py, li"),
        ("def app(): ...", "is a NoneType, not a web app"),
    ],
)
def test_a_web_app_that_cannot_be_served(
    source: str, said: str, write_module: Write, make_stack: Make
) -> None:
    write_module(source, "mine.py")
    with pytest.raises(StartError, match=said):
        make_stack(worker=None, web="mine:app").start()


def test_a_plain_wsgi_function_is_served(write_module: Write, make_stack: Make) -> None:
    write_module("def app(environ, start):\n    start('200 OK', [])\n    return [b'hi']", "mine.py")
    assert make_stack(worker=None, web="mine:app").start().get("/").text == "hi"


@pytest.mark.parametrize("name", ["types", "click", "calendar"])
def test_a_module_with_the_name_of_one_that_is_loaded(
    name: str, write_module: Write, make_stack: Make
) -> None:
    write_module(APP, f"{name}.py")
    with pytest.raises(StartError, match=rf"{name}\.py has the name of a library.*Rename"):
        make_stack(worker=f"{name}:celery", web=None).start()


def test_a_file_that_hides_a_library_is_told_to_a_lab_of_our_own_app_too(
    write_module: Write, make_stack: Make
) -> None:
    write_module("", "celery.py")
    with pytest.raises(ModuleError, match=r"celery\.py .* hides the library 'celery'"):
        make_stack().start()


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"concurrency": -1},
        {"concurrency": "2"},
        {"workers": -1},
        {"web_port": 70000},
        {"queues": ["a,b"]},
        {"queues": [5]},
        {"env": {"A": 1}},
        {"env": {"A=B": "x"}},
        {"env": {"A": "x\0"}},
    ],
)
def test_an_option_out_of_bounds_is_told_before_anything_starts(
    options: dict[str, object], make_stack: Make
) -> None:
    with pytest.raises(OptionError, match="queue|" + next(iter(options))):
        make_stack(**options)


def test_one_text_of_queues_is_taken_as_celery_takes_it(make_stack: Make) -> None:
    assert make_stack(queues="media, mail").worker.queues == ["media", "mail"]


@pytest.mark.parametrize("name", ["guardian", "a/b", "../x", "", "w" * 300, "x\ny"])
def test_a_worker_cannot_have_this_name(name: str, stack: Stack) -> None:
    with pytest.raises(StateError, match="choose another"):
        stack.add_worker(name)
