"""Telling processes apart for good: a pid is reused, a pid with its start time is not."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path


def start_mark(pid: int) -> str | None:
    """When the process started, as a text to compare for equality; None if there is none."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return None
        # State Z: the process has ended, its parent just has not looked.
        return None if fields[0] == b"Z" else fields[19].decode()
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return repr(process.create_time())
    return None


def is_same(pid: int | None, mark: str | None) -> bool:
    """Whether the process that was recorded with this pid and mark still lives."""
    return pid is not None and mark is not None and start_mark(pid) == mark


def end(pid: int, mark: str | None, signum: int = signal.SIGKILL) -> bool:
    """Signal a recorded process if it is still the same one; False if it is not."""
    if not is_same(pid, mark):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)
        return True
    return False


def marked(lab: str) -> list[int]:
    """My processes that carry a lab's mark in their environment (Linux; elsewhere by psutil)."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.uids().real == os.getuid() and process.environ().get("LABAPP_LAB") == lab:
                found.append(process.pid)
    return found


def is_stopped(pid: int | None) -> bool:
    """Whether the process stands still, as after SIGSTOP."""
    if pid is None:
        return False
    import psutil

    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    return False


def children_of(pid: int | None) -> set[int]:
    """The pids of a process's own children; empty where it has ended."""
    if pid is None:
        return set()
    import psutil

    with contextlib.suppress(psutil.Error):
        return {child.pid for child in psutil.Process(pid).children()}
    return set()
