"""Many streams at once, and readers that do not read: the other routes never notice."""

import resource
import socket
import threading
import time

import httpx
import pytest
from app_services import wait_until

from labapp.lab.boot.web import THREADS
from labapp.web.hub import MOST_STREAMS
from labapp.web.streams import MOST_WAITING
from tests.web.sse import Reader, serve
from tests.web.test_events import DEADLINE, hub_of, start
from tests.web.test_outage import at_once, measure, routes, warm_up

STREAMS = 30


@pytest.fixture
def served(own_app):
    with serve(own_app) as base:
        limits = httpx.Limits(max_connections=24)
        with httpx.Client(base_url=base, timeout=30, limits=limits, trust_env=False) as web:
            yield web, base


@pytest.fixture
def streams(served):
    web, base = served
    task_id = warm_up(web)
    paths = ["/events", f"/tasks/{task_id}/events"] * (STREAMS // 2)
    readers = [Reader(base, path) for path in paths]
    for reader in readers:
        wait_until(reader.data)
    yield readers
    for reader in readers:
        reader.close()


def test_beside_thirty_streams_every_route_answers(served, streams):
    web, base = served
    task_id = start(base)
    expected = {"GET /healthz": 200, "GET / (JSON)": 200, "GET / (page)": 200}
    expected |= {"GET /task_status": 200, "GET /task_status (page)": 200}
    for name, (method, path, options) in routes(task_id).items():
        answers = at_once(web, method, path, **options)
        wanted = {200, 202} if "DELETE" in name else {expected.get(name, 202)}
        assert {answer.status for answer in answers} <= wanted, name
        assert max(answer.seconds for answer in answers) < DEADLINE, name
    assert web.get("/static/dashboard.js").status_code == 200
    assert not any(reader.ended for reader in streams)


def test_beside_thirty_streams_an_outage_is_told_within_a_second(served, streams, own_server):
    web, _ = served
    own_server.kill()
    measure(web, "any", "killed")
    assert not any(reader.ended for reader in streams)


def test_streams_can_take_half_of_the_threads_and_no_more(served, own_app):
    web, base = served
    assert MOST_STREAMS * 2 <= THREADS
    readers = [Reader(base, "/events") for _ in range(MOST_STREAMS)]
    try:
        for path in ("/events", f"/tasks/{warm_up(web)}/events"):
            answer = web.get(path)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "5"
            assert "32 event streams are open" in answer.json()["error"]
        assert {answer.status for answer in at_once(web, "POST", "/start_task")} == {202}
        readers.pop().close()
        wait_until(lambda: len(hub_of(own_app)) < MOST_STREAMS)
        with Reader(base, "/events") as freed:
            assert freed.response.status_code == 200
    finally:
        for reader in readers:
            reader.close()


class Sleeper:
    """A client that asks for a stream and does not read it."""

    def __init__(self, base, path):
        address = httpx.URL(base)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect((address.host, address.port))
        request = f"GET {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n\r\n"
        self.socket.sendall(request.encode())

    def read_until(self, text, seconds=30):
        """Everything up to this text, as fast as it comes."""
        self.socket.settimeout(seconds)
        read = b""
        while text.encode() not in read[-200_000:]:
            block = self.socket.recv(1 << 20)
            assert block, "the stream has ended"
            read += block
        return read

    def close(self):
        self.socket.close()


def test_a_client_that_does_not_read_costs_a_bounded_queue_and_then_gets_the_newest(
    served, own_app
):
    """20 tasks, each with 400 states of 500 characters: 4 MB that one reader leaves unread."""
    web, base = served
    celery = own_app.extensions["celery"]
    ids = [start(base, "thumbnails", count=1) for _ in range(20)]
    sleeper = Sleeper(base, "/events")
    with Reader(base, "/events") as awake:
        for task_id in ids:
            awake.wait_for_state("PENDING", task_id)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        most = 0
        for number in range(400):
            for task_id in ids:
                meta = {"current": number, "total": 400, "message": f"{number} " + "x" * 480}
                celery.backend.store_result(task_id, meta, "PROGRESS")
            most = max(most, *(len(stream._waiting) for stream in hub_of(own_app)._streams))
            time.sleep(0.01)
        for task_id in ids:
            awake.wait_for(
                lambda data, task_id=task_id: (
                    data["task_id"] == task_id and data.get("progress", {}).get("current") == 399
                )
            )
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert 1 < most <= MOST_WAITING
        assert after - before < 40 * 1024, f"{(after - before) / 1024:.0f} MB more"
        assert web.get("/healthz").status_code == 200
        celery.backend.store_result(ids[0], "the newest", "SUCCESS")
        read = sleeper.read_until("the newest")
    for task_id in ids[1:]:
        newest = read[read.rindex(task_id.encode()) :]
        assert b'"current": 399' in newest.partition(b"\n")[0]
    told = read.count(b"event: task")
    assert told < len(awake.data()) / 3, "states in between were left out"
    sleeper.close()


def test_a_client_that_sleeps_and_then_dies_is_noticed(served, own_app):
    _, base = served
    celery = own_app.extensions["celery"]
    task_id = start(base)
    sleeper = Sleeper(base, "/events")
    wait_until(lambda: len(hub_of(own_app)) == 1)
    for number in range(50):
        celery.backend.store_result(task_id, {"current": number, "total": 50}, "PROGRESS")
    sleeper.close()
    wait_until(lambda: len(hub_of(own_app)) == 0)


def test_a_hundred_pages_that_come_and_go_leave_no_thread_and_no_connection(
    served, own_app, own_server
):
    _, base = served
    threads, clients = threading.active_count(), len(own_server.client().client_list())
    for _ in range(100):
        with Reader(base, "/events") as reader:
            wait_until(lambda reader=reader: reader.data("health"))
        wait_until(lambda: len(hub_of(own_app)) < 8)
    wait_until(lambda: len(hub_of(own_app)) == 0)
    wait_until(lambda: threading.active_count() <= threads)
    wait_until(lambda: len(own_server.client().client_list()) <= clients + 70)
