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
from typing import Any

ROOT = str(Path(__file__).resolve().parents[2])
LOOK = 0.05
#: Walking the folder costs more than looking at the processes.
LOOK_AT_DISK = 0.25
LINUX = sys.platform == "linux"


def main() -> None:
    """Fork the judge, watch until it ends, a limit is crossed or the kernel lets go; clean up."""
    job = json.loads(_first_line())
    sys.path.insert(0, ROOT)  # the kit that asks is the kit that judges
    sys.path += [path for path in job["path"] if path not in sys.path]
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
    limits, scratch = job["limits"], Path(job["scratch"])
    end = time.monotonic() + job["seconds"]
    waiting = select.poll()
    waiting.register(0, 0)  # its end: the kernel has let go
    look_at_disk = 0.0
    pause = LOOK
    before = 0
    while True:
        if waiting.poll(pause * 1000) or _ended(judge):
            return ""
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
        pause = max(LOOK, 9 * (time.monotonic() - now))


def _ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def usage(folder: Path, most: int = 20_000) -> tuple[int, int, int]:
    """How many files, how many bytes of disk, and how many of them are output of services."""
    files = disk = output = 0
    stack = [str(folder)]
    while stack and files < most:
        with contextlib.suppress(OSError), os.scandir(stack.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                        continue
                    size = entry.stat(follow_symlinks=False).st_blocks * 512
                    disk += size
                    output += size if entry.name.endswith(".log") else 0
    return files, disk, output


class Family:
    """Every process below this one: counted, stopped, killed."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._page = os.sysconf("SC_PAGE_SIZE")
        #: Where nobody adopts orphans (macOS), who was seen once is remembered.
        self._seen: dict[int, Any] = {}

    def look(self) -> tuple[int, int]:
        """How many there are, and the bytes of memory they hold together."""
        found = self.members()
        return len(found), sum(found.values())

    def own_memory(self) -> int:
        """The same, what forks share counted once; dear, so asked only where it matters."""
        if not LINUX:
            return sum(self.members().values())
        total = 0
        for pid in self.members():
            with contextlib.suppress(OSError, ValueError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += sum(
                    int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
                )
        return total * 1024

    def members(self) -> dict[int, int]:
        """Memory in bytes by pid."""
        return self._by_proc() if LINUX else self._by_psutil()

    def freeze(self) -> None:
        """Stop all of them until no new one appears: who is stopped forks no more."""
        stopped: set[int] = set()
        for _ in range(500):
            fresh = set(self.members()) - stopped
            if not fresh:
                return
            _signal_all(fresh, signal.SIGSTOP)
            stopped |= fresh

    def kill(self) -> None:
        """Kill all of them."""
        _signal_all(set(self.members()), signal.SIGKILL)

    def _by_proc(self) -> dict[int, int]:
        parents: dict[int, list[int]] = {}
        memory: dict[int, int] = {}
        for name in os.listdir("/proc"):  # noqa: PTH208 - names alone, and often
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] != b"Z":
                parents.setdefault(int(fields[1]), []).append(int(name))
                memory[int(name)] = int(fields[21]) * self._page
        found: dict[int, int] = {}
        waiting = [self.root]
        while waiting:
            for pid in parents.get(waiting.pop(), ()):
                if pid not in found:
                    found[pid] = memory[pid]
                    waiting.append(pid)
        return found

    def _by_psutil(self) -> dict[int, int]:
        import psutil

        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self.root).children(recursive=True):
                self._seen.setdefault(child.pid, child)
        found = {}
        for pid, process in list(self._seen.items()):
            with contextlib.suppress(psutil.Error):
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    found[pid] = process.memory_info().rss
                    continue
            del self._seen[pid]
        return found


def _signal_all(pids: set[int], signum: int) -> None:
    """Signal processes by their groups: a fork meets a group's signal, and not one member's."""
    groups = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            groups.add(os.getpgid(pid))
    for group in groups - {os.getpgrp()}:
        with contextlib.suppress(OSError):
            os.killpg(group, signum)
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signum)


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
