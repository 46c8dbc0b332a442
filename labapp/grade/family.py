"""All that lives below the watcher of a check, and all that it wrote: counted, stopped, killed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

LINUX = sys.platform == "linux"


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
