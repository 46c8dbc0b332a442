"""One Redis and one worker for the tests of this folder; outages get servers of their own."""

import gc
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from app_services import OwnRedis, start_worker

from labapp.tasks.app import create_app


@pytest.fixture(scope="session")
def server(valkey_binary, tmp_path_factory):
    server = OwnRedis(valkey_binary, tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def worker(server, data_folder, tmp_path_factory):
    log = tmp_path_factory.mktemp("worker") / "log"
    worker = start_worker(server, log, LABAPP_DATA=str(data_folder))
    yield worker
    worker.end()


@pytest.fixture(scope="session")
def app(server):
    """The tasks' Flask app as a client in this process."""
    return app_for(server)


@pytest.fixture(scope="session")
def celery(app):
    return app.extensions["celery"]


@pytest.fixture(scope="session")
def ledger(app):
    return app.extensions["ledger"]


@pytest.fixture
def own_server(valkey_binary, tmp_path):
    """A server without a worker, which one test may do with as it likes."""
    server = OwnRedis(valkey_binary, tmp_path).start()
    yield server
    # Results unsubscribe as they are collected; without their server that takes 19 s of some test.
    gc.collect()
    server.kill()


@pytest.fixture
def own_app(own_server):
    return app_for(own_server)


@pytest.fixture
def own_worker(own_server, tmp_path):
    """Starts workers of `own_server`, and ends them."""
    started = []

    def start(*arguments):
        log = tmp_path / f"worker{len(started)}"
        started.append(start_worker(own_server, log, *arguments))
        return started[-1]

    yield start
    for worker in started:
        worker.end()


def app_for(server):
    return create_app({"CELERY": {"broker_url": server.url, "result_backend": server.url}})
