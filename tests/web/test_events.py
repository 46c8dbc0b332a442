"""Event streams: what they tell, when they end, and what they cost nobody else."""

import json
import threading
import time

import httpx
import pytest
from app_services import start_worker, wait_until

from labapp.live import feed_for
from labapp.web import create_app, events
from labapp.web.streams import Stream
from labapp.web.teller import Teller
from tests.web.sse import Reader, is_ok, serve

CONTRACT = 1.0
DEADLINE = 3 * CONTRACT


@pytest.fixture
def base(app):
    with serve(app) as address:
        yield address


@pytest.fixture
def own_base(own_app):
    with serve(own_app) as address:
        yield address


def start(base, name="long_running_task", **arguments):
    answer = httpx.post(f"{base}/tasks/{name}", json=arguments, trust_env=False)
    assert answer.status_code == 202, answer.text
    return answer.json()["task_id"]


def status(base, task_id):
    return httpx.get(f"{base}/task_status/{task_id}", trust_env=False).json()


def hub_of(app):
    return app.extensions["streams"]


# What is told.


def test_a_tasks_stream_tells_its_states_and_ends_after_the_last(base, worker):
    task_id = start(base, seconds=1)
    with Reader(base, f"/tasks/{task_id}/events") as reader:
        wait_until(lambda: reader.ended)
        states = [data["state"] for data in reader.data()]
    assert states.count("SUCCESS") == 1
    assert states[-1] == "SUCCESS"
    assert states.count("PROGRESS") > 3
    assert {data["task_id"] for data in reader.data()} == {task_id}


def test_its_data_is_what_task_status_says(base, celery, worker):
    failed = celery.send_task("tests.fail").id
    done = start(base, "thumbnails", count=1)
    for task_id in (failed, done):
        with Reader(base, f"/tasks/{task_id}/events") as reader:
            wait_until(lambda reader=reader: reader.ended)
        assert reader.data()[-1] == {"task_id": task_id} | status(base, task_id)


def test_each_state_that_is_stored_is_told_as_task_status_tells_it(own_base, own_app):
    celery = own_app.extensions["celery"]
    task_id = celery.send_task("tests.add").id
    with Reader(own_base, f"/tasks/{task_id}/events") as reader:
        reader.wait_for_state("PENDING")
        for state, meta in (
            ("STARTED", None),
            ("PROGRESS", {"current": 1, "total": 4, "status": "a quarter"}),
            ("MINE", {"anything": [1, 2]}),
            ("RETRY", ConnectionError("gone")),
        ):
            celery.backend.store_result(task_id, meta, state)
            told = reader.wait_for_state(state)
            assert told == {"task_id": task_id} | status(own_base, task_id)


def test_the_stream_of_all_begins_with_the_recent_tasks_and_then_the_health(own_base):
    sent = [start(own_base, "thumbnails", count=number) for number in (1, 2, 3)]
    with Reader(own_base, "/events") as reader:
        reader.wait_for(is_ok, "health")
        told = list(reader.events)
    assert [event.name for event in told] == ["task"] * 3 + ["health"]
    assert [event.data["task_id"] for event in told[:3]] == sent
    first = told[0].data
    assert first == {
        "task_id": sent[0],
        "name": "thumbnails",
        "arguments": "{'count': 1, 'size': 128}",
        "sent": first["sent"],
        "state": "PENDING",
        "status": "Waiting for a worker.",
    }
    assert first["sent"].endswith("+00:00")


def test_the_stream_of_all_tells_of_each_new_task_whoever_sent_it(base, celery, worker):
    with Reader(base, "/events") as reader:
        reader.wait_for(is_ok, "health")
        mine = start(base, seconds=0)
        from_a_worker = celery.send_task("tests.chain_on").get(timeout=20)
        elsewhere = another_app_of(celery).send_task("tests.add", [1, 2]).id
        for task_id in (mine, from_a_worker, elsewhere):
            assert reader.wait_for_state("SUCCESS", task_id)


def test_a_task_whose_own_stream_told_its_end_first_comes_onto_the_list_as_well(own_app):
    """The news of a task may come after its end, to a hub that knows it from its own stream."""
    celery, ledger = own_app.extensions["celery"], own_app.extensions["ledger"]
    celery.backend.store_result("early", 3, "SUCCESS")
    teller = Teller(celery, ledger, lambda: None)
    everything, alone = Stream(), Stream("early")
    teller.tell([everything, alone])
    assert alone.take(0).final
    ledger.note("early", "tests.add", "")

    def told():
        teller.tell([everything, alone])
        return [event for event in iter(lambda: everything.take(0), None) if event.name == "task"]

    (event,) = wait_until(told)
    assert json.loads(event.data)["state"] == "SUCCESS"
    teller.close()


def another_app_of(celery):
    """Another app object on the same server, as another process would have one."""
    urls = {name: celery.conf[name] for name in ("broker_url", "result_backend")}
    return create_app({"CELERY": urls}).extensions["celery"]


def test_tasks_of_another_database_are_not_told(own_server, own_base):
    other = own_server.url.removesuffix("/0") + "/5"
    neighbour = create_app({"CELERY": {"broker_url": other, "result_backend": other}})
    celery = neighbour.extensions["celery"]
    with Reader(own_base, "/events") as reader:
        reader.wait_for(is_ok, "health")
        theirs = celery.send_task("tests.add").id
        celery.backend.store_result(theirs, 3, "SUCCESS")
        mine = start(own_base)
        reader.wait_for_state("PENDING", mine)
        assert {data["task_id"] for data in reader.data()} == {mine}
    assert neighbour.extensions["ledger"].news == "labapp:ledger:5"


def test_a_page_that_joins_late_is_told_how_things_stand(base, worker):
    task_id = start(base, seconds=3)
    with Reader(base, "/events") as first:
        first.wait_for_state("PROGRESS", task_id)
        with Reader(base, "/events") as late:
            late.wait_for(is_ok, "health")
            told = [data["state"] for data in late.data() if data["task_id"] == task_id]
            assert told[0] == "PROGRESS"
            late.wait_for_state("SUCCESS", task_id)


def test_a_stream_opened_after_the_end_tells_the_end_and_ends(base, celery, worker):
    task_id = start(base, seconds=0)
    wait_until(lambda: status(base, task_id)["state"] == "SUCCESS")
    with Reader(base, f"/tasks/{task_id}/events") as reader:
        wait_until(lambda: reader.ended)
    assert [data["state"] for data in reader.data()] == ["SUCCESS"]


def test_a_revoked_task_ends_its_stream(own_base):
    task_id = start(own_base)
    with Reader(own_base, f"/tasks/{task_id}/events") as reader:
        reader.wait_for_state("PENDING")
        httpx.delete(f"{own_base}/tasks/{task_id}", trust_env=False)
        wait_until(lambda: reader.ended)
    assert reader.data()[-1]["state"] == "REVOKED"


# The form.


def test_the_headers_keep_everybody_from_holding_it_back(own_base):
    with Reader(own_base, "/events", **{"X-Forwarded-Prefix": "/user/ann/proxy/5000"}) as reader:
        headers = reader.response.headers
        assert reader.response.status_code == 200
        assert headers["Content-Type"].startswith("text/event-stream")
        assert headers["Cache-Control"] == "no-cache"
        assert headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        wait_until(lambda: reader.retry)
    assert reader.retry == events.RETRY


def test_ids_count_from_one_and_go_on_where_a_reader_left_off(base, worker):
    task_id = start(base, seconds=1)
    with Reader(base, f"/tasks/{task_id}/events") as reader:
        wait_until(lambda: reader.ended)
    assert [event.number for event in reader.events] == list(range(1, len(reader.events) + 1))
    for last, first in (("41", 42), ("x", 1), ("-1", 1), ("9" * 40, 1)):
        with Reader(base, f"/tasks/{task_id}/events", **{"Last-Event-ID": last}) as again:
            wait_until(lambda again=again: again.ended)
        assert [event.number for event in again.events] == [first]


def test_a_comment_comes_every_fifteen_seconds(own_base, monkeypatch):
    assert events.COMMENT_EVERY == 15
    monkeypatch.setattr(events, "COMMENT_EVERY", 0.1)
    with Reader(own_base, "/events") as reader:
        wait_until(lambda: len(reader.comments) > 3)
        assert reader.events


def test_a_stream_has_an_end_after_which_a_browser_opens_another(own_base, own_app, monkeypatch):
    monkeypatch.setattr(events, "LONGEST_LIFE", 0.2)
    with Reader(own_base, "/events") as reader:
        wait_until(lambda: reader.ended)
    assert len(hub_of(own_app)) == 0


def test_head_leaves_nothing_open(own_base, own_app):
    answer = httpx.head(f"{own_base}/events", trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    wait_until(lambda: len(hub_of(own_app)) == 0)


# Who may not.


def test_an_unknown_id_is_404_as_for_its_status(own_client):
    for path in ("/tasks/never-sent/events", f"/tasks/{'x' * 5000}/events", "/tasks/%00/events"):
        answer = own_client.get(path, headers={"Accept": "text/event-stream"})
        assert answer.status_code == 404
        assert "never sent" in answer.json["error"]


@pytest.mark.parametrize("path", ["/events", "/tasks/x/events"])
def test_another_host_name_is_refused(own_client, own_app, path):
    assert own_client.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert len(hub_of(own_app)) == 0


def test_another_sites_page_cannot_end_a_stream(own_base):
    with Reader(own_base, "/events?page=mine") as reader:
        wait_until(lambda: reader.retry)
        answer = httpx.delete(
            f"{own_base}/events?page=mine", headers={"Origin": "http://evil.example"}
        )
        assert answer.status_code == 403
        assert not reader.ended


# Redis away.


@pytest.mark.parametrize("outage", ["killed", "frozen"])
def test_a_stream_says_that_redis_is_away_and_recovers_by_itself(own_app, own_server, outage):
    with serve(own_app) as base:
        task_id = start(base)
        with (
            Reader(base, "/events") as reader,
            Reader(base, f"/tasks/{task_id}/events") as alone,
        ):
            alone.wait_for_state("PENDING")
            reader.wait_for(is_ok, "health")
            own_server.freeze() if outage == "frozen" else own_server.kill()
            for one in (reader, alone):
                told = one.wait_for(lambda health: health["status"] == "unavailable", "health")
                assert told["parts"]["redis"]["state"] == "unavailable"
                assert "Redis" in told["parts"]["redis"]["detail"]
            for path in ("/events", f"/tasks/{task_id}/events"):
                started = time.monotonic()
                answer = httpx.get(base + path, trust_env=False)
                assert time.monotonic() - started < DEADLINE
                assert answer.status_code == 503
                assert "Redis" in answer.json()["error"]
            own_server.thaw() if outage == "frozen" else own_server.start()
            for one in (reader, alone):
                wait_until(lambda one=one: one.data("health")[-1]["status"] == "ok")
            assert not reader.ended
            assert not alone.ended
            later = start_when_possible(base)
            reader.wait_for_state("PENDING", later)


def start_when_possible(base):
    url = f"{base}/tasks/thumbnails"
    wait_until(lambda: httpx.post(url, json={"count": 1}).status_code == 202)
    return start(base)


def test_when_redis_came_back_empty_its_tasks_are_told_as_unknown(own_app, own_server, tmp_path):
    worker = start_worker(own_server, tmp_path / "log")
    try:
        with serve(own_app) as base:
            done = start(base, seconds=0)
            wait_until(lambda: status(base, done)["state"] == "SUCCESS")
            worker.end()
            waiting = start(base)
            with (
                Reader(base, "/events") as reader,
                Reader(base, f"/tasks/{waiting}/events") as alone,
            ):
                reader.wait_for(is_ok, "health")
                alone.wait_for_state("PENDING")
                own_server.kill()
                own_server.start()
                for task_id in (done, waiting):
                    told = reader.wait_for_state("UNKNOWN", task_id)
                    assert "came back empty" in told["status"]
                    assert told["name"] == "long_running_task"
                assert "came back empty" in alone.wait_for_state("UNKNOWN")["status"]
    finally:
        worker.end()


# What a page names.


def test_a_page_has_one_stream_and_may_end_it(own_base, own_app):
    with Reader(own_base, "/events?page=one") as first:
        wait_until(lambda: first.retry)
        with Reader(own_base, "/events?page=one") as again, Reader(own_base, "/events") as other:
            wait_until(lambda: first.ended)
            wait_until(lambda: len(hub_of(own_app)) == 2)
            assert not again.ended
            answer = httpx.delete(f"{own_base}/events?page=one", trust_env=False)
            assert answer.status_code == 204
            wait_until(lambda: again.ended)
            assert httpx.delete(f"{own_base}/events", trust_env=False).status_code == 204
            assert not other.ended
            assert len(hub_of(own_app)) == 1


# What it costs.


def test_a_client_that_has_gone_leaves_nothing_behind(own_base, own_app):
    task_id = start(own_base)
    readers = [Reader(own_base, "/events"), Reader(own_base, f"/tasks/{task_id}/events")]
    for reader in readers:
        wait_until(lambda reader=reader: reader.data())
    feed = feed_of(own_app)
    assert feed._followings
    assert "labapp-hub" in thread_names()
    for reader in readers:
        reader.close()
    wait_until(lambda: len(hub_of(own_app)) == 0)
    wait_until(lambda: not feed._followings)
    wait_until(lambda: not {"labapp-hub", "labapp-feed"} & thread_names())


def test_many_streams_share_one_thread_and_one_subscribed_connection(own_base, own_app, own_server):
    task_id = start(own_base)
    paths = ["/events", f"/tasks/{task_id}/events"] * 10
    readers = [Reader(own_base, path) for path in paths]
    try:
        for reader in readers:
            wait_until(lambda reader=reader: reader.data())
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("labapp-hub") == 1
        assert names.count("labapp-feed") == 1
        assert len(own_server.client().client_list(_type="pubsub")) == 1
    finally:
        for reader in readers:
            reader.close()


def test_queue_and_workers_are_looked_at_four_times_a_second_while_somebody_looks_on(
    own_base, own_app, own_server
):
    def looks():
        return own_server.client().info("commandstats")["cmdstat_smembers"]["calls"]

    readers = [Reader(own_base, "/events") for _ in range(5)]
    for reader in readers:
        reader.wait_for(is_ok, "health")
    before, started = looks(), time.monotonic()
    time.sleep(2)
    after, elapsed = looks(), time.monotonic() - started
    # Another three: the look at each end, and one when the feed's link comes up.
    assert after - before <= 4 * elapsed + 3
    assert after - before >= 2
    for reader in readers:
        reader.close()
    wait_until(lambda: "labapp-hub" not in thread_names())
    before = looks()
    time.sleep(1)
    assert looks() == before


def test_one_tasks_stream_looks_at_neither_queue_nor_workers(own_base, own_app, own_server):
    def looks():
        return own_server.client().info("commandstats")["cmdstat_smembers"]["calls"]

    task_id = start(own_base)
    with Reader(own_base, f"/tasks/{task_id}/events") as reader:
        reader.wait_for_state("PENDING")
        time.sleep(0.5)
        before = looks()
        for number in range(20):
            own_app.extensions["celery"].backend.store_result(
                task_id, {"current": number, "total": 20}, "PROGRESS"
            )
            time.sleep(0.05)
        assert looks() == before
        assert len(reader.data()) > 5


def feed_of(app):
    return feed_for(app.extensions["celery"])


def thread_names():
    return {thread.name for thread in threading.enumerate()}
