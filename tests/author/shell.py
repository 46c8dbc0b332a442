"""A terminal as a person opens it: a folder, an active virtual environment, commands."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

PATIENCE = 30.0


class Shell:
    """Runs lines in a project's folder; what it started ends with it."""

    def __init__(self, folder: Path, venv: Path, redis_url: str) -> None:
        self.folder = folder
        self.log = folder.parent / "shell.log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CELERY", "PYTEST"))}
        self._environ = kept | {
            "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(venv),
            "REDIS_URL": redis_url,
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """One line, to its end."""
        return subprocess.run(
            line,
            shell=True,
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
        )

    def start(self, line: str) -> None:
        """One line that runs until the shell ends."""
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                line,
                shell=True,
                cwd=self.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._started.append(process)


def await_that(holds: Callable[[], bool], shell: Shell) -> None:
    """Wait until it holds, or fail with what the shell's programs printed."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, shell.log.read_text()
        time.sleep(0.1)
