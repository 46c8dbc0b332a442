"""The first lines of a service, between the guardian's fork and the service's own code."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from typing import Any, NoReturn

from labapp.lab.boot import reaper


@dataclass
class Descriptors:
    """The file descriptors at the fork: the guardian's own, to close, and this service's report."""

    guardian: list[int]
    report: int


class Report:
    """What a service tells the kernel of itself: one JSON object a line, through the guardian."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def send(self, **words: Any) -> None:
        """Send one line; a guardian that has gone is not an error here."""
        with contextlib.suppress(OSError):
            os.write(self.fd, json.dumps(words).encode() + b"\n")


class ServiceError(Exception):
    """Why a service cannot start, said in a sentence; its log needs no traceback of ours."""


def become_service(command: dict[str, Any], fds: Descriptors, guardian: int) -> NoReturn:
    """Turn the fresh fork into the service that `command` describes; never returns."""
    code = 1
    try:
        reaper.die_with_parent(guardian)
        os.setsid()
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        for fd in fds.guardian:
            os.close(fd)
        _redirect(command)
        os.environ.update(command["environ"])
        os.environ["LABAPP_PART"] = command["key"]
        os.chdir(command["cwd"])
        if "exec" in command:
            _execute(command, fds.report)
        code = run_role(command, Report(fds.report))
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def run_role(command: dict[str, Any], report: Report) -> int:
    """Run the service's own main function; its exit code comes back."""
    import atexit
    import importlib

    sys.argv = [f"labapp-{command['role']}"]
    for path in command["path"]:
        if path not in sys.path:
            sys.path.insert(0, path)
    code = 0
    try:
        importlib.import_module(f"labapp.lab.boot.{command['role']}").main(command, report)
    except ServiceError as error:
        print(error, file=sys.stderr)
        report.send(error=str(error))
        code = 1
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException as error:
        traceback.print_exc()
        report.send(error=f"{type(error).__name__}: {error}")
        code = 1
    # Billiard joins its pool in an exit function; os._exit in the caller would skip it.
    atexit._run_exitfuncs()
    return code


def _redirect(command: dict[str, Any]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    log = os.open(command["log"], flags, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _execute(command: dict[str, Any], report: int) -> NoReturn:
    """Replace this process by another program, its configuration waiting on its stdin."""
    if "stdin" in command:
        read, write = os.pipe()
        os.write(write, command["stdin"].encode())
        os.close(write)
        os.dup2(read, 0)
        os.close(read)
    if command.get("inherit_report"):
        os.set_inheritable(report, True)
    arguments = [word.replace("{report}", str(report)) for word in command["exec"]]
    os.execvpe(arguments[0], arguments, os.environ)
