"""Celery's events in the feed, from real workers: what only they know, and who asks for them."""

import base64
import json
import time

import pytest

from labapp.live import event_channel, feed_for
from labapp.live.broker import ALIVE
from labapp.live.events import LARGEST, read_events
from tests.live.services import Worker, client_app, wait_until

KEY = "labapp:viewers"


def send(app, name, *args, **options):
    return app.send_task(name, args=args, **options).id


def message(*events):
    """A batch of events as a worker publishes it."""
    body = base64.b64encode(json.dumps(list(events)).encode()).decode()
    return json.dumps(
        {
            "body": body,
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "properties": {"body_encoding": "base64"},
        }
    )


@pytest.fixture
def follow(app):
    """Follow ids with events, asked for by broadcast; closed after the test."""
    followings = []

    def start(*ids, of=app, **options):
        channel = event_channel(of, ask=True)
        followings.append(feed_for(of).follow(ids, events=channel, **options))
        assert followings[-1].wait_known(5)
        return followings[-1]

    yield start
    for following in followings:
        following.close()


def hear(following, of=None):
    """Wait until workers are heard, and send what happens to tasks too."""
    wait_until(lambda: following.link.events == "heard", 15)
    if of is None:
        return
    with of.connection_for_read().default_channel.client.pubsub() as listening:
        listening.psubscribe(event_channel(of, ask=True).pattern.replace(b"*", b"task*"))
        until = time.monotonic() + 15
        while (listening.get_message(timeout=0.2) or {}).get("type") != "pmessage":
            assert time.monotonic() < until, "no worker sends events of tasks"
            send(of, "echo", "heard?")


def test_results_and_events_come_by_one_connection(server, follow):
    follow("one", "two")
    clients = server.client().client_list()
    assert [c for c in clients if c["sub"] == "2" and c["psub"] == "1"]
    assert (
        len([c for c in clients if c["psub"] == "1" and c["name"] == "" and c["sub"] == "2"]) == 1
    )


def test_nobody_is_asked_where_nobody_wants_events(server, app):
    following = feed_for(app).follow(["plain"])
    assert following.wait_known(5)
    assert event_channel(app) is None
    assert following.link.events == "off"
    assert not [c for c in server.client().client_list() if c["psub"] != "0" and c["sub"] == "1"]
    following.close()


def test_a_task_that_is_received_for_later_says_who_has_it_and_when_it_starts(app, follow):
    hear(follow("first"), app)
    task_id = send(app, "echo", 1, countdown=60)
    following = follow(task_id)
    wait_until(lambda: following.snapshot()[task_id].state == "RECEIVED")
    state = following.snapshot()[task_id]
    assert state.name == "echo"
    assert "@" in state.worker
    assert 50 < state.due - time.time() <= 60


def test_a_retry_is_told_with_the_time_of_the_next_try(app, follow):
    hear(follow("first"), app)
    task_id = send(app, "again")
    following = follow(task_id)
    wait_until(lambda: following.snapshot()[task_id].due is not None)
    wait_until(lambda: following.snapshot()[task_id].state == "RETRY")
    state = following.snapshot()[task_id]
    assert (state.text, state.retries) == ("ConnectionError: the other side is away", 1)
    assert 50 < state.due - time.time() <= 60


def test_what_was_told_before_somebody_followed_is_not_lost(app, follow):
    hear(follow("first"), app)
    task_id = send(app, "echo", 1, countdown=60)
    time.sleep(0.5)  # its event has come and gone
    assert follow(task_id).snapshot()[task_id].state == "RECEIVED"


def test_a_worker_that_does_not_store_starts_tells_them_by_events(server, follow, tmp_path):
    worker = Worker(server.url(11), server.url(11), TEST_UNTRACKED="1")
    try:
        app = client_app(server.url(11), server.url(11))
        hear(follow("first", of=app), app)
        task_id = send(app, "hold", str(tmp_path / "go"))
        following = follow(task_id, of=app)
        wait_until(lambda: following.snapshot()[task_id].state == "STARTED")
        assert app.AsyncResult(task_id).state == "PENDING"
        (tmp_path / "go").touch()
        wait_until(lambda: following.snapshot()[task_id].state == "SUCCESS")
    finally:
        worker.end()


def test_a_task_whose_result_is_ignored_ends_by_its_event(app, follow):
    hear(follow("first"), app)
    task_id = send(app, "quiet", "hush")
    following = follow(task_id)
    wait_until(lambda: following.snapshot()[task_id].ready)
    state = following.snapshot()[task_id]
    assert (state.state, state.text) == ("SUCCESS", "'hush'")


def test_a_stored_result_counts_more_than_its_event(app, follow):
    hear(follow("first"), app)
    ids = [send(app, "echo", f"value {n}") for n in range(50)]
    following = follow(*ids)
    wait_until(lambda: all(state.ready for state in following.snapshot().values()))
    assert [state.text for state in following.snapshot().values()] == [
        f"value {n}" for n in range(50)
    ]


def test_workers_that_were_asked_are_never_told_to_stop(server, app, follow):
    following = follow("first")
    hear(following, app)
    following.close()
    listening = server.client().pubsub()
    listening.psubscribe("/0.celeryev/task*")
    time.sleep(0.3)
    send(app, "echo", 1)
    heard = []
    wait_until(lambda: heard.append(listening.get_message()) or (heard[-1] or {}).get("data"))
    listening.close()


def test_a_viewer_holds_a_key_that_goes_when_it_has_left(server, worker):
    app = client_app(server.url(), server.url(1), labapp_viewers_key=KEY)
    client = server.client()
    following = feed_for(app).follow(["seen"], events=event_channel(app))
    wait_until(lambda: client.exists(KEY))
    assert 0 < client.ttl(KEY) <= ALIVE
    time.sleep(4)
    assert client.ttl(KEY) > ALIVE - 4, "it is held anew every three seconds"
    following.close()
    wait_until(lambda: not client.exists(KEY), 3 * ALIVE)


def test_events_of_another_database_are_not_heard(server, follow):
    app = client_app(server.url(), server.url(1))
    following = follow("mine", of=app)
    hear(following)
    event = {"type": "task-received", "uuid": "mine", "hostname": "stranger@x", "name": "theirs"}
    client = server.client()
    client.publish("/5.celeryev/task.multi", message(event))
    client.publish("/0.celeryev/task.multi", message({**event, "hostname": "own@x"}))
    wait_until(lambda: following.snapshot()["mine"].worker)
    assert following.snapshot()["mine"].worker == "own@x"


@pytest.mark.parametrize(
    "hostile",
    [
        b"not json",
        b"\xff\xfe\x00",
        b"[" * 100_000 + b"]" * 100_000,
        b"{}",
        b'{"content-type": "application/x-python-serialize", "body": "gASVAAAAAAAAAAA="}',
        message("text", 5, None, ["task-received"]).encode(),
        message({"type": ["task-received"], "uuid": {"a": 1}}).encode(),
        message({"type": "task-received", "uuid": "one", "eta": "yesterday"}).encode(),
        message({"type": "task-received", "uuid": "one", "retries": 1e99, "eta": 5}).encode(),
        message({"type": "worker-heartbeat", "hostname": 7, "freq": "often"}).encode(),
        message({"type": "worker-heartbeat", "hostname": "x", "freq": -1, "active": -5}).encode(),
        message({"type": "task-failed", "uuid": "\ud800", "exception": "\x00"}).encode(),
        b'{"content-type": "application/json", "body": "' + b"A" * 5_000_000 + b'"}',
    ],
)  # fmt: skip
def test_whatever_is_published_as_an_event_the_feed_goes_on(server, follow, hostile):
    following = follow("one")
    client = server.client()
    client.publish("/0.celeryev/task.multi", hostile)
    last = {"type": "task-received", "uuid": "one", "hostname": "w@h", "name": "<b>" * 10_000}
    client.publish("/0.celeryev/task.multi", message(last))
    wait_until(lambda: following.snapshot()["one"].name.startswith("<b>"))
    assert len(following.snapshot()["one"].name) <= 300
    assert following.link.state == "live"


def test_a_batch_is_read_and_one_of_megabytes_is_left_unread():
    events = [{"type": "task-received", "uuid": str(n)} for n in range(24)]
    assert read_events(message(*events).encode()) == events
    assert read_events(message({"type": "task-failed", "traceback": "x" * LARGEST}).encode()) == []


def test_events_are_heard_again_when_redis_has_been_away_and_a_new_worker_is_asked(own_server):
    workers = [Worker(own_server.url(), own_server.url())]
    app = client_app(own_server.url(), own_server.url())
    following = feed_for(app).follow(["x"], events=event_channel(app, ask=True))
    try:
        hear(following, app)
        own_server.kill()
        wait_until(lambda: following.link.state == "unreachable")
        workers.pop().end()  # Celery's own may or may not survive this: not what is asked here
        own_server.start()
        wait_until(lambda: following.link.state == "live")
        workers.append(Worker(own_server.url(), own_server.url()))
        task_id = send(app, "again")
        other = feed_for(app).follow([task_id], events=event_channel(app, ask=True))
        hear(other, app)
        again = send(app, "echo", 1, countdown=60)
        third = feed_for(app).follow([again], events=event_channel(app, ask=True))
        wait_until(lambda: third.snapshot()[again].state == "RECEIVED")
        other.close()
        third.close()
    finally:
        following.close()
        for worker in workers:
            worker.end()


def test_workers_that_have_gone_silent_are_missed(own_server):
    worker = Worker(own_server.url(), own_server.url())
    app = client_app(own_server.url(), own_server.url())
    following = feed_for(app).follow(["x"], events=event_channel(app, ask=True))
    try:
        assert following.link.events in {"off", "asked"}
        hear(following)
        worker.end()
        wait_until(lambda: following.link.events == "silent", 3 * 6.5)
    finally:
        following.close()
        worker.end()


def test_a_store_that_is_polled_hears_the_events_of_its_broker(server, tmp_path):
    store = f"db+sqlite:///{tmp_path}/results.db"
    worker = Worker(server.url(9), store)
    app = client_app(server.url(9), store)
    following = feed_for(app).follow(["x"], events=event_channel(app, ask=True))
    try:
        hear(following, app)
        task_id = send(app, "echo", 1, countdown=60)
        other = feed_for(app).follow([task_id], events=event_channel(app, ask=True))
        wait_until(lambda: other.snapshot()[task_id].state == "RECEIVED")
        assert other.link.state == "polling"
        other.close()
    finally:
        following.close()
        worker.end()


def test_who_may_not_hear_events_still_gets_results(own_server):
    client = own_server.client()
    allowed = ["+@all", "~*", "resetchannels", "&celery-task-meta-*"]
    client.execute_command("ACL", "SETUSER", "reader", "on", ">secret", *allowed)
    url = own_server.url().replace(f":{own_server.password}", "reader:secret")
    app = client_app(url, url)
    following = feed_for(app).follow(["one"], events=event_channel(app, ask=True))
    wait_until(lambda: following.link.events == "unavailable")
    client.publish("celery-task-meta-one", b'{"status": "STARTED", "result": null}')
    wait_until(lambda: following.snapshot()["one"].state == "STARTED")
    assert following.link.state == "live"
    following.close()


def test_a_broker_whose_events_cannot_be_read_has_no_channel():
    assert event_channel(client_app("memory://", "cache+memory://"), ask=True) is None


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({}, b"/4.celeryev/*"),
        ({"fanout_prefix": False}, b"celeryev/*"),
        ({"fanout_patterns": False}, b"/4.celeryev"),
        ({"fanout_prefix": "x{db}."}, b"x4.celeryev/*"),
        ({"global_keyprefix": "shop:"}, b"shop:/4.celeryev/*"),
    ],
)
def test_the_channel_is_named_as_kombu_names_it(options, pattern):
    app = client_app("redis://:pw@here:6399/4", "redis://", broker_transport_options=options)
    channel = event_channel(app, ask=True)
    assert (channel.address, channel.pattern) == ("here:6399", pattern)
    assert "pw" not in repr(channel)


def test_a_broker_at_a_socket_is_found(tmp_path):
    app = client_app(f"redis+socket://{tmp_path}/r.sock?virtual_host=3", "redis://")
    channel = event_channel(app, ask=True)
    assert (channel.address, channel.pattern) == (f"{tmp_path}/r.sock", b"/3.celeryev/*")
