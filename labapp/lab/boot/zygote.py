"""The inner guardian: parent of every service of one lab.

It reads commands from the kernel's pipe (one JSON object a line), imports Celery and Flask once,
and forks workers and web from there; Redis and, on macOS, every service are executed instead. It
is single-threaded, runs no learner code and holds no connection: that is what makes forking safe.

Commands: hello, warm, spawn, signal, pulse. Answers: spawned, report, exit.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import sys
from typing import Any

from labapp.lab.boot import reaper
from labapp.lab.boot.child import Descriptors, become_service
from labapp.lab.boot.pulses import Pulses
from labapp.lab.boot.warm import warm


class Zygote:
    """One command loop; `services` maps each living service's pid to its key, `dead` back."""

    def __init__(self, from_outer: int, to_outer: int) -> None:
        self.from_outer = from_outer
        self.to_outer = to_outer
        # The kernel's pipe moves away from 0, so that no service can inherit it as its stdin.
        self.control = os.dup(0)
        self.answers = os.dup(1)
        with open(os.devnull, "r+b") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(nothing.fileno(), 1)
        self.wake, wake_write = os.pipe()
        for fd in (self.wake, wake_write):
            os.set_blocking(fd, False)
        self.wake_write = wake_write
        self.services: dict[int, str] = {}
        self.dead: dict[str, int] = {}
        self.reports: dict[int, tuple[str, bytes]] = {}
        self.pulses = Pulses()
        self.folder = os.getcwd()
        self.tail = b""
        self.poll = select.poll()

    def run(self) -> None:
        """Obey until the kernel or the outer guardian is gone, then leave nothing behind."""
        reaper.adopt_orphans()
        for signum in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(signum, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        for fd in (self.control, self.from_outer, self.wake):
            self.poll.register(fd, select.POLLIN)
        try:
            while self._turn():
                pass
        finally:
            reaper.kill_all(set(self.services))
            reaper.remove_folder(self.folder)
            os._exit(0)

    def _turn(self) -> bool:
        """Handle what one poll brings; False when it is time to end."""
        events = dict(self.poll.poll(self.pulses.wait()))
        self.pulses.turn()
        if self.from_outer in events:
            return False
        for fd in [fd for fd in events if fd in self.reports]:
            self._read_report(fd)
        if self.wake in events:
            with contextlib.suppress(BlockingIOError):
                os.read(self.wake, 512)
            self._reap()
        if self.control in events:
            data = os.read(self.control, 65536)
            if not data:
                return False
            *lines, self.tail = (self.tail + data).split(b"\n")
            for line in lines:
                self._obey(json.loads(line))
        return True

    def _obey(self, command: dict[str, Any]) -> None:
        match command["op"]:
            case "hello":
                for path in command["path"]:
                    if path not in sys.path:
                        sys.path.append(path)
                self._answer(op="hello", pid=os.getpid(), outer=os.getppid())
            case "warm":
                warm()
            case "spawn":
                self._spawn(command)
            case "signal":
                self._signal(command)
            case "pulse":
                self._pulse(command)

    def _spawn(self, command: dict[str, Any]) -> None:
        key = command["key"]
        report_read, report_write = os.pipe()
        # What a service forks may hold the other end for ever: nothing here may wait for its close.
        os.set_blocking(report_read, False)
        guardian = os.getpid()
        # Ignored here, so a stop sent to a child that is a moment old would be lost: it waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        pid = os.fork()
        if pid == 0:
            owned = [self.control, self.answers, self.from_outer, self.to_outer]
            owned += [self.wake, self.wake_write, report_read, *self.reports]
            become_service(command, Descriptors(owned, report_write), guardian)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.close(report_write)
        self.services[pid] = key
        self._tell_outer(b"%d" % pid)
        self.reports[report_read] = (key, b"")
        self.poll.register(report_read, select.POLLIN)
        self._answer(op="spawned", key=key, pid=pid)

    def _signal(self, command: dict[str, Any]) -> None:
        wanted = command["key"]
        for pid, key in self.services.items():
            if key == wanted:
                group = command.get("group", False)
                if not reaper.kill_quietly(pid, command["signal"], group=group):
                    # Forked a moment ago, it leads no group yet.
                    reaper.kill_quietly(pid, command["signal"])
                return
        if wanted not in self.dead:
            # Asked for, yet never sent: whoever waits for its end shall not wait in vain.
            self._answer(op="exit", key=wanted, code=-signal.SIGKILL)

    def _pulse(self, command: dict[str, Any]) -> None:
        for pid, key in self.services.items():
            if key == command["key"] and command["still"] > 0:
                self.pulses.start(pid, command["still"], command["awake"])
            elif key == command["key"]:
                self.pulses.end(pid)

    def _read_report(self, fd: int) -> None:
        """Pass on what has arrived, all of it; a descriptor is forgotten at its end."""
        key, tail = self.reports[fd]
        data = b""
        with contextlib.suppress(BlockingIOError):
            while more := os.read(fd, 65536):
                data += more
            self._forget_report(fd)
        *lines, tail = (tail + data).split(b"\n")
        for line in lines:
            # A learner's code can write anything into a descriptor that it inherited.
            with contextlib.suppress(ValueError, TypeError):
                self._answer(op="report", key=key, report=dict(json.loads(line)))
        if fd in self.reports:
            self.reports[fd] = (key, tail)

    def _forget_report(self, fd: int) -> None:
        self.poll.unregister(fd)
        os.close(fd)
        del self.reports[fd]

    def _reap(self) -> None:
        """Bury the dead; what a dead service left behind is killed with it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            key = self.services.pop(pid, None)
            if key is not None:
                self._bury(pid, key, os.waitstatus_to_exitcode(status))
        # Also after the death of a stranger: a pool process whose worker died before it has just
        # handed its own children on to us.
        for orphan in self._orphans():
            reaper.kill_quietly(orphan, signal.SIGKILL)

    def _bury(self, pid: int, key: str, code: int) -> None:
        self.dead[key] = pid
        self.pulses.forget(pid)
        reaper.kill_quietly(pid, signal.SIGKILL, group=True)
        self._tell_outer(b"-%d" % pid)
        for fd in [fd for fd, (owner, _) in self.reports.items() if owner == key]:
            self._read_report(fd)
            if fd in self.reports:
                self._forget_report(fd)
        self._answer(op="exit", key=key, code=code)

    def _orphans(self) -> list[int]:
        """Adopted children that dead services left: told by their session, or by their mark."""
        sessions = set(self.dead.values())
        found = []
        for pid in reaper.children():
            if pid in self.services:
                continue
            with contextlib.suppress(OSError, ValueError):
                with open(f"/proc/{pid}/stat", "rb") as stat:
                    session = int(stat.read().rpartition(b")")[2].split()[3])
                with open(f"/proc/{pid}/environ", "rb") as environ:
                    part = re.search(rb"(?:^|\0)LABAPP_PART=([^\0]*)", environ.read())
                if session in sessions or (part and part[1].decode() in self.dead):
                    found.append(pid)
        return found

    def _answer(self, **words: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self.answers, json.dumps(words).encode() + b"\n")

    def _tell_outer(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self.to_outer, line + b"\n")
