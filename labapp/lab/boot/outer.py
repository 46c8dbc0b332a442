"""The outer guardian: a bare interpreter that outlives the kernel by a few milliseconds.

Run as `python -S -P outer.py KERNEL_PID` in the lab's folder, with the kernel's control pipe on
stdin. It forks the zygote before it imports anything, then waits for one of three deaths: the
kernel's (its pipe closes, or its pidfd says so even though a forked child still holds the pipe),
the zygote's, or its own. Whatever dies, the rest is killed, to the last adopted grandchild.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False  # as typing has it, which would cost a bare interpreter a third of its start
if TYPE_CHECKING:
    from types import ModuleType

#: How long the zygote may take to end everything itself before it is killed too, seconds.
ZYGOTE_PATIENCE = 0.5


def main() -> None:
    """Fork the zygote, wait for a death, kill what is left, remove the lab's folder."""
    kernel = int(sys.argv[1])
    if os.getppid() != kernel:  # it died before this began
        _import_reaper().remove_folder(os.getcwd())
        os._exit(0)
    # A kernel may have started it on a thread that blocks signals; deaths are told by signal here.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    watch: int | None = _pidfd(kernel)
    folder = os.getcwd()
    from_zygote, to_outer = os.pipe()
    from_outer, to_zygote = os.pipe()
    wake_read, wake_write = os.pipe()
    for fd in (wake_read, wake_write):
        os.set_blocking(fd, False)

    zygote = os.fork()
    if zygote == 0:
        for owned in (watch, from_zygote, to_zygote, wake_read, wake_write):
            if owned is not None:
                os.close(owned)
        _become_zygote(from_outer, to_outer)
    os.close(to_outer)
    os.close(from_outer)
    # The zygote speaks to the kernel from here on. Were stdout kept open here, the kernel would
    # wait for words of a zygote that has died.
    with open(os.devnull, "r+b") as nothing:
        os.dup2(nothing.fileno(), 1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    reaper = _import_reaper()
    reaper.adopt_orphans()
    groups = _wait_for_a_death(watch, zygote, from_zygote, wake_read)
    os.close(to_zygote)
    if not _ends_itself(zygote):
        reaper.kill_quietly(zygote, signal.SIGKILL)
    reaper.kill_all(groups)
    reaper.remove_folder(folder)
    os._exit(0)


def _import_reaper() -> ModuleType:
    """The module beside this one: a bare interpreter has no site and knows no package."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import reaper  # type: ignore[import-not-found]

    return reaper  # type: ignore[no-any-return]


def _pidfd(kernel: int) -> int | None:
    """A descriptor that becomes readable when the kernel's process ends (Linux 5.3 and newer)."""
    try:
        return os.pidfd_open(kernel)
    except (AttributeError, OSError):
        return None


def _become_zygote(from_outer: int, to_outer: int) -> None:
    """Give the forked copy a real interpreter, then hand over to the zygote; never returns."""
    import site

    site.main()
    root = os.path.abspath(__file__)
    for _ in range(4):  # outer.py -> boot -> lab -> labapp -> the folder that holds labapp
        root = os.path.dirname(root)
    if root not in sys.path:
        sys.path.append(root)
    from labapp.lab.boot.zygote import Zygote

    Zygote(from_outer, to_outer).run()
    os._exit(0)


def _wait_for_a_death(watch: int | None, zygote: int, from_zygote: int, wake: int) -> set[int]:
    """Sleep until kernel or zygote is gone; returns the process groups to kill."""
    groups: set[int] = set()
    waiting = select.poll()
    # events=0: closing is reported, reading is left to the zygote, which shares this pipe.
    waiting.register(0, 0)
    for fd in (watch, from_zygote, wake):
        if fd is not None:
            waiting.register(fd, select.POLLIN)
    tail = b""
    while True:
        for fd, event in waiting.poll():
            if fd == from_zygote:
                told = os.read(fd, 65536)
                if not told:
                    return groups
                *lines, tail = (tail + told).split(b"\n")
                for pid in map(int, lines):
                    groups.add(pid) if pid > 0 else groups.discard(-pid)
            elif fd == wake:
                with contextlib.suppress(BlockingIOError):
                    signals = os.read(fd, 512)
                    if signal.SIGTERM in signals:
                        return groups
                if _ended(zygote):
                    return groups
            elif fd == watch or event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                return groups


def _ends_itself(zygote: int) -> bool:
    """Whether the zygote, told by its closed pipe, is gone soon.

    Were it killed at once, and this process a moment later, nobody would be left to find what a
    task's children have hidden in sessions of their own.
    """
    end = time.monotonic() + ZYGOTE_PATIENCE
    while not (ended := _ended(zygote)) and time.monotonic() < end:
        time.sleep(0.002)
    return ended


def _ended(zygote: int) -> bool:
    try:
        return os.waitpid(zygote, os.WNOHANG)[0] == zygote
    except ChildProcessError:  # buried already
        return True


if __name__ == "__main__":
    main()
