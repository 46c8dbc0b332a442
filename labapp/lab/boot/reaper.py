"""Ending processes for good: the part that both guardian processes share.

It imports only what a bare interpreter has already loaded, since the outer guardian must stay
small and the last one alive has to work while everything else is failing.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LINUX = sys.platform == "linux"
#: The file that marks a folder as a lab's own; nothing else is ever removed.
RECORD = "lab.json"


def prctl(option: int, value: int) -> None:
    """Call prctl(2) where it exists; elsewhere do nothing, since macOS has no such call."""
    if LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def adopt_orphans() -> None:
    """Make this process the parent of whatever its descendants leave behind, setsid or not."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when `parent` dies; end at once if it has died already.

    Only for a single-threaded parent whose main thread never ends: the signal follows the thread.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def children() -> list[int]:
    """The pids of this process's children, the adopted ones included (Linux; elsewhere empty)."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listing:
            return [int(pid) for pid in listing.read().split()]
    except OSError:
        return []


def kill_quietly(pid: int, signum: int, *, group: bool = False) -> bool:
    """Send a signal to a process, or to the group it leads; False if there is nobody left."""
    try:
        (os.killpg if group else os.kill)(pid, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill_all(known: "set[int]", deadline: float = 5.0) -> None:
    """Kill every child and every known process group until none is left.

    A killed child's own children become ours (see `adopt_orphans`), so the loop goes on until the
    list stays empty. It gives up after `deadline` seconds: a process stuck in the disk driver
    cannot be waited for.
    """
    for pid in known:
        kill_quietly(pid, signal.SIGKILL, group=True)
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        for pid in children():
            kill_quietly(pid, signal.SIGKILL, group=True)
            kill_quietly(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def remove_folder(folder: str) -> None:
    """Remove a lab's folder, if it is one: the record file is the proof, a link is none."""
    if os.path.islink(folder) or not os.path.isfile(os.path.join(folder, RECORD)):
        return
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in files:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(parent, name))
        for name in folders:
            path = os.path.join(parent, name)
            with contextlib.suppress(OSError):
                (os.unlink if os.path.islink(path) else os.rmdir)(path)
    with contextlib.suppress(OSError):
        os.rmdir(folder)
