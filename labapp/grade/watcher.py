"""The watcher of one check: holds the judge and its labs to their limits, then ends all of it.

Run as `python -P watcher.py`, with the job as one JSON line on stdin, which stays open as long as
the kernel wants the check, and the judge's lines on stdout. It is small, runs no learner code, and
adopts what its descendants leave behind, so that nothing outlives it. It stops the processes before
it kills them: what forks in a loop is faster than any list of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labapp.grade.family import Family

ROOT = str(Path(__file__).resolve().parents[2])
LOOK = 0.05
#: Walking the folder costs more than looking at the processes.
LOOK_AT_DISK = 0.25
#: However many processes there are, it looks this often.
LONGEST = 0.25


def main() -> None:
    """Fork the judge, watch until it ends, a limit is crossed or the kernel lets go; clean up."""
    job = json.loads(_first_line())
    sys.path.insert(0, ROOT)  # the kit that asks is the kit that judges
    sys.path += [path for path in job["path"] if path not in sys.path]
    from labapp.grade.family import Family
    from labapp.lab.boot import reaper

    reaper.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    me = os.getpid()
    judge = os.fork()
    if judge == 0:
        _become_judge(job, me)
    # Among hundreds that fork in a loop its turn would come too late; only root may do this.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    family = Family(me)
    crossed = _watch(job, judge, family)
    family.freeze()
    if crossed:
        with contextlib.suppress(OSError):
            os.write(1, json.dumps({"limit": crossed}).encode() + b"\n")
    family.kill()
    reaper.kill_all(set())
    _remove(job["scratch"])
    os._exit(0)


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 65536)
        if not more:
            os._exit(0)
        line += more
    return line


def _become_judge(job: dict[str, Any], parent: int) -> None:
    code = 1
    try:
        from labapp.lab.boot import reaper

        reaper.die_with_parent(parent)
        os.setsid()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)
        out = os.dup(1)  # what the check prints goes where its errors go
        os.set_inheritable(out, False)
        os.dup2(2, 1)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        _bound(resource.RLIMIT_AS, job["limits"]["address"])
        _bound(resource.RLIMIT_FSIZE, job["limits"]["one_file"])
        _bound(resource.RLIMIT_CORE, 0)
        from labapp.grade.judge import judge_folder

        judge_folder(job, out)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _bound(what: int, amount: float) -> None:
    """Lower a limit; macOS refuses some, and there the watcher alone holds them."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (int(amount), int(amount)))


def _watch(job: dict[str, Any], judge: int, family: Family) -> str:
    """The name of the limit that was crossed; empty when judge or kernel ended it."""
    from labapp.grade.family import usage

    limits, scratch = job["limits"], Path(job["scratch"])
    end = time.monotonic() + job["seconds"]
    waiting = select.poll()
    waiting.register(0, 0)  # its end: the kernel has let go
    look_at_disk = 0.0
    pause = LOOK
    before = 0
    while True:
        if waiting.poll(pause * 1000):
            return ""
        if _ended(judge):  # what forks in a loop may have ended it before anybody looked
            return "over-processes" if family.look()[0] > limits["processes"] else ""
        now = time.monotonic()
        if now > end:
            return "over-time"
        count, memory = family.look()
        if count > limits["processes"]:
            return "over-processes"
        # Not while they multiply: to count exactly takes longer than to fork, and is not needed.
        settled, before = count <= before, count
        if memory > limits["memory"] and settled and family.own_memory() > limits["memory"]:
            return "over-memory"
        if now > look_at_disk:
            files, disk, output = usage(scratch)
            if output > limits["output"]:
                return "over-output"
            if disk > limits["disk"] or files > limits["files"]:
                return "over-disk"
            look_at_disk = time.monotonic() + LOOK_AT_DISK
        # On a machine with thousands of processes a look takes longer: a tenth of the time at most.
        pause = min(LONGEST, max(LOOK, 9 * (time.monotonic() - now)))


def _ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _remove(folder: str) -> None:
    """Remove what the check wrote, whatever rights the answer gave it."""
    if not Path(folder).name.startswith("labapp-check-"):
        return
    for parent, folders, _ in os.walk(folder):
        for path in (Path(parent, name) for name in folders):
            with contextlib.suppress(OSError):
                if not path.is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
