"""What the feed survives, and what it costs: outages, floods, forks, readers that fail."""

import os
import threading
import time

from labapp.live import feed_for
from tests.live.services import Worker, client_app, wait_until


def send(app, name, *args, **kwargs):
    return app.send_task(name, args=args, kwargs=kwargs).id


def feed_threads():
    return [thread for thread in threading.enumerate() if thread.name == "labapp-feed"]


def ended(following):
    return lambda: all(state.ready for state in following.snapshot().values())


def test_one_thread_and_one_connection_serve_every_reader(server, app):
    clients = server.client()
    wait_until(lambda: not feed_threads())  # those of other tests linger for two seconds
    followings = [feed_for(app).follow([f"id-{n}"]) for n in range(20)]
    assert all(following.wait_known(5) for following in followings)
    listening = [c for c in clients.client_list() if c["sub"] != "0" and c["lib-name"]]
    mine = [c for c in listening if int(c["sub"]) >= 20]
    assert len(mine) == 1
    assert len(feed_threads()) == 1
    for following in followings:
        following.close()
    wait_until(lambda: not feed_threads())


def test_thousands_of_updates_become_few_calls_and_the_last_one_counts(server, app):
    ids = [f"flood-{n}" for n in range(1_000)]
    calls = []
    following = feed_for(app).follow(ids, lambda f: calls.append(len(f.changes())))
    assert following.wait_known(10)
    calls.clear()
    publisher = server.client(1)
    started = time.monotonic()
    for place, key in enumerate(ids):
        for step in (1, 4):
            publisher.publish(
                f"celery-task-meta-{key}",
                b'{"status": "PROGRESS", "result": {"current": %d, "total": 4}}' % step,
            )
        if place % 10 == 0:
            time.sleep(0.005)  # a steady stream, which no single read takes in at once
    wait_until(lambda: all(s.percent == 100 for s in following.snapshot().values()))
    took = time.monotonic() - started
    assert len(calls) <= 2 + took / 0.05
    following.close()


def test_redis_killed_is_said_and_a_running_task_goes_on_when_it_is_back(own_server, tmp_path):
    worker = Worker(own_server.url(), own_server.url())
    try:
        app = client_app(own_server.url(), own_server.url())
        go_on = tmp_path / "go-on"
        running = send(app, "steps", count=4, pause=0.1, until=str(go_on))
        waiting = "sent-to-nobody"
        links = []
        following = feed_for(app).follow([running, waiting], lambda f: links.append(f.link))
        wait_until(lambda: following.snapshot()[running].current == 2)
        own_server.kill()
        wait_until(lambda: following.link.state == "unreachable")
        assert following.link.reason == f"Redis at 127.0.0.1:{own_server.port} is gone."
        own_server.start()
        wait_until(lambda: following.link.state == "live")
        wait_until(lambda: following.snapshot()[waiting].state == "UNKNOWN")
        assert "came back empty" in following.snapshot()[waiting].message
        go_on.touch()
        wait_until(lambda: following.snapshot()[running].state == "SUCCESS", 20)
        following.close()
    finally:
        worker.end()


def test_a_frozen_redis_is_noticed_and_thawed_it_goes_on(own_server):
    app = client_app(own_server.url(), own_server.url())
    following = feed_for(app).follow(["one"])
    assert following.wait_known(5)
    own_server.freeze()
    try:
        wait_until(lambda: following.link.state == "unreachable", 3 * 3)
        assert "does not answer" in following.link.reason
    finally:
        own_server.thaw()
    wait_until(lambda: following.link.state == "live")
    assert following.snapshot()["one"].state == "PENDING"
    following.close()


def test_no_password_is_told_when_it_is_the_wrong_one(own_server):
    url = own_server.url().replace(own_server.password, "not-the-password")
    following = feed_for(client_app(url, url)).follow(["one"])
    wait_until(lambda: following.link.state == "unreachable")
    assert "wants another password" in following.link.reason
    assert "not-the-password" not in following.link.reason
    following.close()


def test_a_fork_has_a_feed_of_its_own(app):
    feed = feed_for(app)
    following = feed.follow(["across-the-fork"])
    following.wait_known(5)
    child = os.fork()
    if child == 0:
        fresh = feed_for(app)
        ok = fresh is not feed and fresh.follow(["x"]).wait_known(5)
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert following.link.state == "live"
    following.close()


def test_a_reader_that_raises_disturbs_no_other(app):
    def broken(following):
        raise RuntimeError("a display fell over")

    task_id = send(app, "steps", count=2)
    bad = feed_for(app).follow([task_id], broken)
    good = feed_for(app).follow([task_id])
    wait_until(ended(good))
    bad.close()
    good.close()


def test_watching_costs_no_subscription_once_a_task_has_ended(server, app):
    result = app.send_task("echo", ["short"])
    following = feed_for(app).follow([result.id])
    wait_until(ended(following))
    channel = app.backend.get_key_for_task(result.id)
    del result  # the AsyncResult holds a subscription of its own
    wait_until(lambda: dict(server.client().pubsub_numsub(channel)).get(channel) == 0)
    following.close()
