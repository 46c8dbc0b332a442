"""The kernel's end of the guardian: one pipe down, one pipe up, and a thread that listens.

The kernel holds nothing but the pipe. When it closes, for whatever reason, everything of the lab
is gone (see `labapp.lab.boot.outer`).
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labapp.lab.errors import StateError

#: On macOS a fork without exec is not safe after what Celery imports; there services are executed.
FORKS = sys.platform == "linux" and os.environ.get("LABAPP_START") != "exec"
#: What services must not inherit: it would compile every import anew, override what a module
#: says, or tell a learner's code that it runs inside pytest.
UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTEST_CURRENT_TEST", "REDIS_URL", "PYTHONSTARTUP")
_LIVING: weakref.WeakSet[Guardian] = weakref.WeakSet()


def _close_in_forked_child() -> None:
    """A child that the kernel forks must not hold the pipe: it would keep the lab alive."""
    for guardian in list(_LIVING):
        guardian.abandon()


os.register_at_fork(after_in_child=_close_in_forked_child)


def inheritable_environ() -> dict[str, str]:
    """The kernel's environment without what services must not see."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in UNWANTED and not name.startswith(("CELERY_", "LABAPP_PART", "LABAPP_LAB"))
    }


def import_path() -> list[str]:
    """The kernel's import path, absolute entries only: the current folder is each service's own."""
    return [entry for entry in sys.path if entry and Path(entry).is_absolute()]


class Guardian:
    """Starts, signals and buries the processes of one lab.

    `on_event` is called on the listening thread with each answer: spawned, report, exit, and gone
    (the guardian itself has ended).
    """

    def __init__(self, folder: Path, on_event: Callable[[dict[str, Any]], None]) -> None:
        self.folder = folder
        self.owner = os.getpid()
        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._write_lock = threading.Lock()
        self._ended = threading.Event()
        script = Path(__file__).parent / "boot" / "outer.py"
        read, write = os.pipe()
        # A file object closes once and for all: no interrupt between closing and noting it, and
        # no second close of a number that something else has by then.
        self._pipe = io.FileIO(write, "w")
        try:
            with open(folder / "guardian.log", "ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-S", "-P", str(script), str(os.getpid())],
                    stdin=read,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=inheritable_environ() | {"LABAPP_LAB": folder.name},
                    cwd=folder,
                    start_new_session=True,
                )
            _LIVING.add(self)
            self.pid = self._process.pid
            self._thread = threading.Thread(
                target=_listen,
                args=(weakref.ref(self), self._process, self._ended),
                name="labapp-guardian",
                daemon=True,
            )
            self._thread.start()
            self._send(op="hello", path=import_path())
        except BaseException:
            self._pipe.close()
            raise
        finally:
            os.close(read)

    def warm(self) -> None:
        """Import what the services share, so that each is forked ready-made."""
        if FORKS:
            self._send(op="warm")

    def execute(self, name: str, argv: list[str], *, stdin: str = "", **options: Any) -> str:
        """Start another program, its configuration on a pipe and never on the command line."""
        return self._spawn(name, exec=argv, stdin=stdin, **options)

    def run(self, name: str, role: str, **options: Any) -> str:
        """Start one of our own roles (worker, web, flower): forked, or executed on macOS."""
        options = {"role": role, "path": import_path(), **options}
        if FORKS and role != "flower":
            return self._spawn(name, **options)
        argv = [sys.executable, "-m", "labapp.lab.boot.service", "{report}"]
        return self._spawn(
            name, exec=argv, stdin=json.dumps(options), inherit_report=True, **options
        )

    def signal(self, key: str, signum: int, *, group: bool = False) -> None:
        """Send a signal to the service with this key, or to its whole process group."""
        self._send(op="signal", key=key, signal=int(signum), group=group)

    def pulse(self, key: str, still: float, awake: float = 0.02) -> None:
        """Stop and continue a service in turns of so many seconds; 0 lets it work for good."""
        self._send(op="pulse", key=key, still=still, awake=awake)

    def close(self, timeout: float = 5.0) -> bool:
        """Let go of the pipe and wait until the last process is gone; False if it takes longer."""
        self.abandon()
        return self._ended.wait(timeout)

    def abandon(self) -> None:
        """Close the pipe without waiting: in a forked child, or when nobody needs the lab."""
        lock = self._write_lock if os.getpid() == self.owner else contextlib.nullcontext()
        with lock, contextlib.suppress(OSError):
            self._pipe.close()
        _LIVING.discard(self)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.abandon()

    def _spawn(self, name: str, **command: Any) -> str:
        key = f"{name}.{next(self._numbers)}"
        command.setdefault("cwd", str(self.folder))
        # Known before it is sent: an interrupt in between must not leave a process nobody counts.
        self._on_event({"op": "asked", "key": key})
        self._send(op="spawn", key=key, **command)
        return key

    def _send(self, **command: Any) -> None:
        line = json.dumps(command).encode() + b"\n"
        with self._write_lock:
            if self._pipe.closed or os.getpid() != self.owner:
                raise StateError("This lab belongs to another process, or has been stopped.")
            try:
                while line:
                    line = line[self._pipe.write(line) :]
            except OSError:
                raise StateError(
                    "The lab's guardian has ended, and all its parts with it. Start a new lab."
                ) from None


def _listen(
    guardian: weakref.ref[Guardian], process: subprocess.Popen[bytes], ended: threading.Event
) -> None:
    """Pass the guardian's answers on; the thread holds no lab alive that nobody else holds."""
    assert process.stdout is not None
    for line in process.stdout:
        owner = guardian()
        if owner is None:
            continue
        # Whatever one event meets, the next are heard: without them nothing would ever end.
        with contextlib.suppress(Exception):
            owner._on_event(json.loads(line))
        del owner
    process.stdout.close()
    process.wait()
    ended.set()
    owner = guardian()
    if owner is not None:
        owner._on_event({"op": "gone"})
