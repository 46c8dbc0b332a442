"""The web app in this process for what it says, and under waitress for how it bears outages."""

import gc
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tasks"))

from app_services import OwnRedis, start_worker

from labapp.web import create_app


@pytest.fixture(scope="session")
def server(valkey_binary, tmp_path_factory):
    server = OwnRedis(valkey_binary, tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def worker(server, tmp_path_factory):
    worker = start_worker(server, tmp_path_factory.mktemp("worker") / "log")
    yield worker
    worker.end()


@pytest.fixture(scope="session")
def app(server):
    return app_for(server)


@pytest.fixture(scope="session")
def celery(app):
    return app.extensions["celery"]


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def own_server(valkey_binary, tmp_path):
    """A server without a worker, which one test may do with as it likes."""
    # Results of other tests, whose servers have gone, take their 19 s here and in no answer.
    gc.collect()
    server = OwnRedis(valkey_binary, tmp_path).start()
    yield server
    # Results unsubscribe as they are collected; without their server that takes 19 s of some test.
    gc.collect()
    server.kill()


@pytest.fixture
def own_app(own_server):
    return app_for(own_server)


@pytest.fixture
def own_client(own_app):
    return own_app.test_client()


def app_for(server):
    return create_app({"CELERY": {"broker_url": server.url, "result_backend": server.url}})
