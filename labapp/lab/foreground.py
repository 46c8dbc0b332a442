"""The lab without a notebook: `labapp up` and `labapp redis`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from labapp.lab.discovery import find_server
from labapp.lab.errors import LabError
from labapp.lab.secret import mask

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

#: How often the logs are looked at, seconds.
LOOK = 0.1


def run_up(**options: Any) -> int:
    """Run a whole lab in the foreground, its logs side by side, until Ctrl-C; the exit code.

    Takes the arguments of `Stack`. Ctrl-C and TERM end it in order; anything worse ends it too.
    """
    from labapp.lab.stack import Stack

    def end(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    stack = Stack(**{name: value for name, value in options.items() if value is not None})
    try:
        print("Starting Redis, worker and web ...", flush=True)
        stack.start()
        for part in stack.parts():
            print(f"  {part.name:<9} {part.address or '-':<26} {part.detail}")
        print("Ctrl-C ends all of it. Logs follow.", flush=True)
        follow(stack)
    except KeyboardInterrupt:
        print("\nEnding ...", flush=True)
    except LabError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        stack.stop()
    return 0


def follow(stack: Stack) -> NoReturn:
    """Print new lines of every log, each behind its part's name, until interrupted."""
    seen: dict[Path, int] = {}
    while not stack.gone:
        for part in stack.parts():
            for line in _new_lines(part.log_path, seen):
                print(f"{part.name:<9} | {mask(line)}", flush=True)
        time.sleep(LOOK)
    raise LabError("The lab's guardian was killed, and every part with it.")


def _new_lines(path: Path, seen: dict[Path, int]) -> list[str]:
    """The whole lines that were added to a file since it was last looked at."""
    try:
        with open(path, "rb") as log:
            log.seek(seen.get(path, 0))
            data = log.read()
    except OSError:
        return []
    whole = data.rfind(b"\n") + 1
    seen[path] = seen.get(path, 0) + whole
    return data[:whole].decode("utf-8", "replace").splitlines()


def run_redis(port: int = 6379, password: str | None = None, server: str | None = None) -> int:  # noqa: RET503
    """Become the Redis server that a lab would run, on loopback, in the foreground.

    For the same app by hand, outside the lab: without a password, where the article expects it.
    Returns an exit code only if it cannot start.
    """
    if not 1 <= port <= 65535:
        print(f"{port} is no port; --port takes a number from 1 to 65535.", file=sys.stderr)
        return 1
    try:
        found = find_server(server)
    except LabError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            print(
                f"Port {port} cannot be used ({error.strerror}). Perhaps a Redis runs there "
                "already; otherwise take another with --port.",
                file=sys.stderr,
            )
            return 1
    settings = {"bind": "127.0.0.1", "port": port, "save": '""', "appendonly": "no"}
    settings |= {"maxmemory-policy": "noeviction", "dir": "/"}
    if password:
        settings["requirepass"] = password
    print(f"{found} on redis://127.0.0.1:{port}/0, nothing kept. Ctrl-C ends it.", flush=True)
    read, write = os.pipe()
    os.write(write, "".join(f"{name} {value}\n" for name, value in settings.items()).encode())
    os.close(write)
    os.dup2(read, 0)
    os.close(read)
    os.execv(found.path, [found.path, "-"])
