"""Ways in which a lab can lose what holds it, and a way to count what is left.

Used by the tests and, many times over, by `make soak PART=kill`.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labapp.lab.processes import start_mark

APP = Path(__file__).parent / "spawner"

#: A process that runs a lab, as a kernel does. A task has started two children that sleep: one in
#: its own session, which is the hard case.
HOLDER = """
import json, os, sys, time
from labapp.lab import Stack
stack = Stack(worker="spawner_app:celery", web="spawner_app:app")
stack.start()
stack.celery.send_task("spawn").get(timeout=20)
if "fork" in sys.argv and os.fork() == 0:
    time.sleep(60)
    os._exit(0)
print(json.dumps({"folder": str(stack.folder_path)}), flush=True)
{after}
time.sleep(60)
"""


@dataclass
class Victim:
    """A lab in a process of its own, and every process that belongs to it, with start marks."""

    process: subprocess.Popen[bytes]
    folder: Path
    outer: int
    zygote: int
    members: list[tuple[int, str | None]]

    def left(self) -> list[int]:
        """The members that still live, as the same process."""
        return [pid for pid, mark in self.members if mark and start_mark(pid) == mark]

    def seconds_until_gone(self, patience: float = 20.0) -> float:
        """How long it takes from now until nothing of the lab lives."""
        begin = time.monotonic()
        while self.left():
            if time.monotonic() - begin > patience:
                return patience
            time.sleep(0.005)
        return time.monotonic() - begin

    def end(self) -> None:
        """Leave nothing behind, whatever the test found."""
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):  # it ended while this looked
                os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def start_victim(*arguments: str, after: str = "", run: Path | None = None) -> Victim:
    """Run a lab with children of its tasks in another process; returns once all of it lives."""
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environ["LABAPP_RUN"] = str(run or tempfile.mkdtemp(prefix="labapp-test-"))
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.replace("{after}", after), *arguments],
        cwd=APP,
        env=environ,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the lab did not start")
    folder = Path(json.loads(line)["folder"])
    outer = json.loads((folder / "lab.json").read_text())["guardian"][0]
    zygote = only_child(outer)
    pids = [outer, *descendants(outer)]
    return Victim(process, folder, outer, zygote, [(pid, start_mark(pid)) for pid in pids])


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def only_child(pid: int) -> int:
    import psutil

    (child,) = psutil.Process(pid).children()
    return child.pid


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


#: Name of a death, and how it is brought about.
DEATHS: dict[str, Callable[[Victim], None]] = {
    "the kernel": lambda v: kill(v.process.pid),
    "the outer guardian": lambda v: kill(v.outer),
    "the zygote": lambda v: kill(v.zygote),
    "the kernel and the outer guardian": lambda v: kill(v.process.pid, v.outer),
    "the kernel and the zygote": lambda v: kill(v.process.pid, v.zygote),
    "the kernel, by TERM": lambda v: os.kill(v.process.pid, signal.SIGTERM),
}
