"""The feed against a real Redis and a real worker."""

import threading
import time
from pathlib import Path

import pytest
from celery import Celery

from labapp.live import TaskState, feed_for
from tests.live.services import Worker, client_app, wait_until


def send(app, name, *args, **kwargs):
    return app.send_task(name, args=args, kwargs=kwargs).id


def ended(following):
    return lambda: all(state.ready for state in following.snapshot().values())


def follow_to_the_end(app, *ids):
    with_history = {}

    def remember(following):
        for key, state in following.changes().items():
            with_history.setdefault(key, []).append(state)

    following = feed_for(app).follow(ids, remember)
    wait_until(ended(following))
    following.close()
    return with_history


def test_a_task_nobody_has_started_is_waiting(app):
    following = feed_for(app).follow(["never-sent"])
    assert following.wait_known(5)
    assert following.snapshot() == {"never-sent": TaskState("never-sent", "PENDING")}
    assert following.link.state == "live"
    following.close()


def test_every_step_of_a_task_arrives_and_its_end(app):
    task_id = send(app, "steps", count=4, pause=0.12)
    seen = follow_to_the_end(app, task_id)[task_id]
    running = [state for state in seen if state.state == "PROGRESS"]
    assert [state.current for state in running] == [1, 2, 3, 4]
    assert running[1].percent == 50
    assert running[1].message == "step 2"
    assert seen[-1].state == "SUCCESS"
    assert seen[-1].text == "{'made': 4}"


def test_changes_are_pushed_and_not_polled(server, app):
    task_id = send(app, "steps", count=8, pause=0.1)
    following = feed_for(app).follow([task_id])
    wait_until(lambda: following.snapshot()[task_id].state == "PROGRESS")
    reads = [server.client().info("commandstats")]
    time.sleep(0.4)
    reads.append(server.client().info("commandstats"))
    before, after = (stats["cmdstat_mget"]["calls"] for stats in reads)
    assert after == before
    following.close()


def test_a_task_that_has_ended_before_is_known_at_once(app):
    result = app.send_task("echo", ["done before"])
    assert result.get(timeout=10) == "done before"
    following = feed_for(app).follow([result.id])
    assert following.wait_known(5)
    assert following.snapshot()[result.id].text == "done before"
    following.close()


def test_a_failure_is_told_in_the_exceptions_own_words(app):
    task_id = send(app, "boom", "no such picture")
    last = follow_to_the_end(app, task_id)[task_id][-1]
    assert (last.state, last.text) == ("FAILURE", "ValueError: no such picture")


def test_a_retry_is_told_with_its_reason(app):
    task_id = send(app, "again")
    following = feed_for(app).follow([task_id])
    wait_until(lambda: following.snapshot()[task_id].state == "RETRY")
    assert following.snapshot()[task_id].text == "ConnectionError: the other side is away"
    following.close()


def test_a_revoked_task_has_ended(app):
    result = app.send_task("steps", kwargs={"count": 1}, countdown=30)
    following = feed_for(app).follow([result.id])
    time.sleep(0.5)  # the worker has to have received it, or there is nothing to revoke yet
    app.control.revoke(result.id)
    wait_until(lambda: following.snapshot()[result.id].state == "REVOKED", 15)
    assert following.snapshot()[result.id].ready
    following.close()


@pytest.mark.parametrize(
    ("state", "meta", "percent", "message"),
    [
        ("PROGRESS", {"current": 3, "total": 12, "status": "resizing"}, 25, "resizing"),
        (
            "PROGRESS",
            {"pending": False, "current": 1, "total": 4, "percent": 25.0, "description": "one"},
            25,
            "one",
        ),
        ("UPLOADING", "half a file", None, "half a file"),
        ("PROGRESS", {"current": "NaN", "total": []}, None, "{'current': 'NaN', 'total': []}"),
    ],
)
def test_progress_is_understood_in_the_shapes_people_use(app, state, meta, percent, message):
    task_id = send(app, "says", state, meta)
    following = feed_for(app).follow([task_id])
    wait_until(lambda: following.snapshot()[task_id].state == state)
    seen = following.snapshot()[task_id]
    assert (seen.percent, seen.message) == (percent, message)
    following.close()


def test_a_record_that_cannot_be_read_is_said_and_harms_nobody(server, app):
    other = send(app, "steps", count=3)
    key = app.backend.get_key_for_task("poison")
    client = server.client(1)
    client.set(key, b'{"status": "FAILURE", "result": {"no": "exc_type"}}')
    client.set(app.backend.get_key_for_task("garbage"), b"\xff\xfenot json")
    client.set(
        app.backend.get_key_for_task("nested"),
        b'{"status": "SUCCESS", "result": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    )
    following = feed_for(app).follow(["poison", "garbage", "nested", other])
    wait_until(lambda: following.snapshot()[other].ready)
    states = following.snapshot()
    assert states["poison"].state == "FAILURE"
    assert states["garbage"].state == "UNKNOWN"
    assert "cannot be read" in states["garbage"].message
    assert states["nested"].state in {"UNKNOWN", "SUCCESS"}
    following.close()


def test_a_result_of_megabytes_is_kept_as_a_short_text(app):
    task_id = send(app, "echo", "x" * 5_000_000)
    assert len(follow_to_the_end(app, task_id)[task_id][-1].text) < 3_000


def test_a_key_prefix_is_respected(server):
    worker = Worker(server.url(7), server.url(7), TEST_PREFIX="shop")
    try:
        app = client_app(
            server.url(7),
            server.url(7),
            result_backend_transport_options={"global_keyprefix": "shop"},
        )
        task_id = send(app, "echo", "prefixed")
        assert follow_to_the_end(app, task_id)[task_id][-1].text == "prefixed"
        assert server.client(7).keys("shop_celery-task-meta-*")
    finally:
        worker.end()


def test_tasks_of_another_app_on_the_same_redis_are_not_heard(server, app):
    following = feed_for(app).follow(["mine"])
    following.wait_known(5)
    heard = []
    following._callback = heard.append
    # Pub/sub knows no database numbers, so this reaches every subscriber of the channel.
    server.client(5).publish("celery-task-meta-theirs", b'{"status": "SUCCESS", "result": 1}')
    server.client(5).publish("celery-task-meta-mine", b'{"status": "STARTED", "result": null}')
    wait_until(lambda: following.snapshot()["mine"].state == "STARTED")
    assert set(following.snapshot()) == {"mine"}
    assert len(heard) == 1
    following.close()


def test_a_store_that_cannot_push_is_polled(server, tmp_path):
    store = f"file://{tmp_path}"
    worker = Worker(server.url(9), store)
    try:
        app = client_app(server.url(9), store)
        task_id = send(app, "steps", count=3, pause=0.3)
        following = feed_for(app).follow([task_id])
        wait_until(lambda: following.snapshot()[task_id].state == "PROGRESS")
        assert following.link.state == "polling"
        wait_until(ended(following))
        assert following.snapshot()[task_id].text == "{'made': 3}"
        following.close()
    finally:
        worker.end()


def test_an_app_without_a_result_backend_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="has no result backend"):
        feed_for(Celery("bare", broker="memory://", set_as_current=False))


def test_two_apps_with_the_same_store_share_a_feed_and_others_do_not(server):
    first, second = (client_app(server.url(), server.url(1)) for _ in range(2))
    assert feed_for(first) is feed_for(second)
    assert feed_for(first) is not feed_for(client_app(server.url(), server.url(2)))


@pytest.mark.parametrize("wrong", ["", "\ud800", None, 5, b"bytes"])
def test_what_can_be_no_id_is_refused_and_disturbs_no_other(app, wrong):
    following = feed_for(app).follow(["an-id"])
    with pytest.raises((TypeError, ValueError), match="id"):
        feed_for(app).follow([wrong])
    assert following.wait_known(5)
    assert following.link.state == "live"
    following.close()


def test_a_state_of_megabytes_is_kept_as_a_short_text(server, app):
    following = feed_for(app).follow(["loud"])
    following.wait_known(5)
    server.client(1).publish("celery-task-meta-loud", b'{"status": "%s"}' % (b"S" * 1_000_000))
    wait_until(lambda: following.snapshot()["loud"].state != "PENDING")
    assert len(following.snapshot()["loud"].state) <= 100
    following.close()


def test_stores_that_nobody_follows_any_more_leave_nothing_open(server):
    def follow(db):
        following = feed_for(client_app(server.url(), server.url(db))).follow(["x"])
        assert following.wait_known(5)
        following.close()

    follow(2)
    wait_until(no_feed_thread)
    before = open_descriptors()
    for db in range(3, 9):
        follow(db)
    wait_until(lambda: no_feed_thread() and open_descriptors() <= before)


def no_feed_thread():
    return not [thread for thread in threading.enumerate() if thread.name == "labapp-feed"]


def open_descriptors():
    return len(list(Path("/dev/fd").iterdir()))
