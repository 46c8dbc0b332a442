import pytest

from tests.live.services import RedisServer, Worker, client_app


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def worker(server):
    worker = Worker(server.url(), server.url(1))
    yield worker
    worker.end()


@pytest.fixture(scope="module")
def app(server, worker):
    return client_app(server.url(), server.url(1))


@pytest.fixture
def own_server(tmp_path):
    """A server that one test may kill or freeze."""
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()
