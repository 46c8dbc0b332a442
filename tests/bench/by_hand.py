"""The article's way: redis-server, `celery -A app.celery worker` and `python app.py`, by hand."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from labapp.lab.boot.ports import free_port
from labapp.lab.discovery import find_server
from labapp.lab.redis_part import answers_ping

ROOT = Path(__file__).resolve().parents[2]
#: Both arms run in the kit's environment; beside it, by hand in one with the article's packages
#: alone, where `celery` finds no plug-in to load.
KIT = Path(sys.executable).parent
VENV = ROOT / "build" / "article-venv"
PRINTED = ROOT / "tests" / "lab" / "article_app.py.txt"


def article_venv() -> Path:
    """The environment of the article's reader, at the lock's versions: Flask and celery[redis]."""
    python = VENV / "bin" / "python"
    if not python.exists():
        print("   (making the article's own virtual environment, once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        wanted = ["flask", "celery[redis]", "-c", str(ROOT / "requirements.lock")]
        # pip compiles what it installs; a shell's PYTHONDONTWRITEBYTECODE is off here.
        subprocess.run(
            [python, "-m", "pip", "install", "-qq", *wanted],
            check=True, env=environ(), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        subprocess.run([python, "-m", "compileall", "-q", VENV / "lib"], check=False, env=environ())
    return VENV / "bin"


def environ(**more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | more


def article_app(folder: Path) -> Path:
    """The article's app with sleep and debug taken out, and a port that can be given."""
    source = PRINTED.read_text()
    source = re.sub(r"    time\.sleep\(10\).*\n", "", source)
    source = source.replace(
        "app.run(debug=True)", "import os; app.run(port=int(os.environ['PORT']))"
    )
    path = folder / "app.py"
    path.write_text(source)
    # Both arms find it compiled, as it is from the second start on.
    subprocess.run([sys.executable, "-m", "compileall", "-q", folder], check=True, env=environ())
    return path


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="labapp-bench-") as folder:
        yield Path(folder)


class ByHand:
    """The three processes, started side by side in the article's folder."""

    def __init__(self, folder: Path, bin_folder: Path | None = None) -> None:
        self.bin = bin_folder or KIT
        self.folder = folder
        self.redis_port, self.port = free_port(), free_port()
        self.url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.environ = environ(
            CELERY_BROKER_URL=self.url,
            CELERY_RESULT_BACKEND=self.url,
            REDIS_URL=self.url,
            PORT=str(self.port),
            PYTHONUNBUFFERED="",
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=self.folder, env=self.environ, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        return self.processes[name]

    def start_redis(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.redis_port), "--save", ""]
        self.run("redis", find_server().path, *options)

    def start_worker(self, app: str = "app.celery") -> None:
        celery = str(self.bin / "celery")
        self.run("worker", celery, "-A", app, "worker", "--loglevel=INFO", "-c", "2")

    def start_web(self) -> None:
        self.run("web", str(self.bin / "python"), "app.py")

    def start(self) -> None:
        self.start_redis()
        self.start_worker()
        self.start_web()

    def wait_for_redis(self) -> None:
        while not answers_ping_openly(self.redis_port):
            time.sleep(0.002)

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers_ping_openly(port: int) -> bool:
    """A server without a password answers AUTH with an error and PING with PONG: up either way."""
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
        line.sendall(b"PING\r\n")
        return line.recv(64) == b"+PONG\r\n"
    return answers_ping(port, "")


def ask(port: int, path: str) -> dict[str, str] | None:
    """GET a path of the app as JSON; None while it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status < 300 else None
    except (OSError, ValueError):
        return None
    finally:
        connection.close()


def until_first_success(port: int) -> None:
    """Start a task over HTTP and ask for its state, every 2 ms, until it is SUCCESS."""
    while (started := ask(port, "/start_task")) is None:
        time.sleep(0.002)
    while (ask(port, f"/task_status/{started['task_id']}") or {}).get("state") != "SUCCESS":
        time.sleep(0.002)
