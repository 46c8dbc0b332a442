"""Facts that lessons and checks lean on; a fact that fails names the notebooks to mend.

`@pytest.mark.fact("03_build_the_app", ...)` says which lessons or exercises lean on it, and
`@pytest.mark.fact("q028")` which questions of the bank.
"""

import base64
import json
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from redis import Redis

from tests.conftest import RunningRedis, serve_redis

LESSONS = ("00_start_here", "01_why_a_queue", "02_six_ideas", "03_build_the_app")
LESSONS += ("04_progress_and_results", "05_when_things_fail")
EXERCISES = ("01_worker_not_started", "02_redis_not_running", "03_wrong_urls")
EXERCISES += ("04_configuration_ignored", "05_arguments", "06_unhandled_exceptions")
#: Questions of the bank, whose answers state facts too.
QUESTIONS = tuple(f"q{number:03}" for number in range(1, 99))
KNOWN = frozenset(LESSONS + EXERCISES + QUESTIONS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            carried_by(item)


def carried_by(item: pytest.Item) -> tuple[str, ...]:
    """The notebooks that lean on this fact; one that names none, or an unknown one, is refused."""
    mark = item.get_closest_marker("fact")
    names = tuple(mark.args) if mark else ()
    if not names or not KNOWN.issuperset(names):
        raise pytest.UsageError(f"{item.nodeid} names no notebook that leans on it: {names}")
    return names


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[Any]:
    report = yield
    if report.failed and item.path.parent == Path(__file__).parent:
        report.sections.append(("notebooks to mend", ", ".join(carried_by(item))))
    return report


@pytest.fixture(scope="session")
def one_redis(
    valkey_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningRedis]:
    """One server for all facts: Celery's own clean-up waits long for one that has gone."""
    with serve_redis(valkey_binary, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(one_redis: RunningRedis) -> RunningRedis:
    """The server, empty."""
    with Redis.from_url(one_redis.url) as client:
        client.flushall()
    return one_redis


@pytest.fixture
def redis_client(redis_server: Any) -> Iterator[Redis]:
    with Redis.from_url(redis_server.url) as client:
        yield client


class OwnTasks(Celery):  # type: ignore[misc]
    """A bare app whose tasks are its own: Celery shares them with every other app otherwise."""

    def task(self, *args: Any, **options: Any) -> Any:
        return super().task(*args, **{"shared": False, **options})


@pytest.fixture
def app(redis_server: Any) -> Iterator[Celery]:
    """A bare app on a fresh server, as anybody would write it."""
    url = redis_server.url
    made = OwnTasks("facts", broker=url, backend=url, set_as_current=False)
    yield made
    made.close()


@pytest.fixture
def work(app: Celery) -> Callable[[], Any]:
    """A solo worker in this process, from when it is asked for: `with work(): ...`."""

    @contextmanager
    def start() -> Iterator[Any]:
        app.conf.worker_hijack_root_logger = False
        # A worker sets the level of this process's root logger, which other tests listen to.
        level = logging.getLogger().level
        try:
            with start_worker(
                app, pool="solo", perform_ping_check=False, shutdown_timeout=20
            ) as worker:
                yield worker
        finally:
            logging.getLogger().setLevel(level)

    return start


@pytest.fixture
def message(redis_client: Redis) -> Callable[..., dict[str, Any]]:
    """The newest message of a queue, its body decoded."""

    def read(queue: str = "celery") -> dict[str, Any]:
        raw: Any = redis_client.lindex(queue, 0)
        envelope: dict[str, Any] = json.loads(raw)
        envelope["decoded"] = json.loads(base64.b64decode(envelope["body"]))
        return envelope

    return read


def run_python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A child Python without the kit's environment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CELERY", "REDIS"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=kept | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def new_id() -> str:
    return str(uuid.uuid4())
