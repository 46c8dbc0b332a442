"""A private Redis, real workers and a real web server; each is ended by its own pid."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

WORKER = Path(__file__).with_name("app_worker.py")


class OwnRedis:
    """A server on a free port with a random password; it comes back there, empty, when killed."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary = binary
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, protocol=2)

    def start(self) -> OwnRedis:
        config = (
            f"port {self.port}\nbind 127.0.0.1\nrequirepass {self.password}\n"
            f'save ""\nappendonly no\ndir {self.folder}\n'
        )
        self.process = subprocess.Popen(
            [self.binary, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert self.process.stdin is not None
        self.process.stdin.write(config.encode())
        self.process.stdin.close()
        wait_until(self._answers)
        return self

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


class Service:
    """A process in a session of its own, with its output in a file; the session is ended whole."""

    def __init__(self, command: list[str | Path], log: Path, **environment: str) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                env=clean_environment() | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, text: str, timeout: float = 30) -> Service:
        try:
            wait_until(lambda: text in self.output() or self.process.poll() is not None, timeout)
        except AssertionError:
            raise AssertionError(self.output()) from None
        assert text in self.output(), self.output()
        return self

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, timeout: float = 20) -> int:
        self.process.terminate()
        return self.process.wait(timeout)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_worker(server: OwnRedis, log: Path, *arguments: str, **environment: str) -> Service:
    command = [sys.executable, WORKER, *arguments]
    return Service(command, log, REDIS_URL=server.url, **environment).wait_for(" ready.")


def clean_environment() -> dict[str, str]:
    unwanted = ("CELERY_", "REDIS_URL", "LABAPP_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], timeout: float = 15) -> Any:
    """What the condition gives once it is true; an error where it stays false."""
    until = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < until, f"not within {timeout} s"
        time.sleep(0.01)
    return found
