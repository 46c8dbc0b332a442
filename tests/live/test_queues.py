"""How long queues are: asked while somebody looks, four times a second at most."""

import time

import pytest

from labapp.live import event_channel, feed_for
from labapp.live.queues import QueueReader
from tests.live.services import client_app, wait_until


@pytest.fixture
def shop(server):
    """An app whose workers are elsewhere: what is sent stays in its queue."""
    client = server.client(6)
    client.flushdb()
    yield client_app(server.url(6), server.url(6))
    client.flushdb()


@pytest.fixture
def following(shop):
    following = feed_for(shop).follow(["one"], events=event_channel(shop, ask=True))
    assert following.wait_known(5)
    yield following
    following.close()


def test_messages_of_every_priority_are_counted_and_those_that_a_worker_holds(server, shop):
    for priority in (0, 3, 9):
        shop.send_task("echo", [1], priority=priority)
    shop.send_task("echo", [1], queue="media")
    server.client(6).hset("unacked", mapping={"a": "1", "b": "2"})
    reader = QueueReader()
    channel = event_channel(shop, ask=True)
    depths = reader.read({channel: ["celery", "media", "nobody"]})[channel]
    assert {name: depth.waiting for name, depth in depths.items()} == {
        "celery": 3,
        "media": 1,
        "nobody": 0,
    }
    assert depths["celery"].unacked == 2
    reader.close()


def test_who_looks_is_told_of_changes_and_who_does_not_costs_nothing(server, shop, following):
    def reads(seconds):
        calls = []
        for pause in (seconds, 0):
            stats = server.client().info("commandstats")
            calls.append(stats.get("cmdstat_hlen", {"calls": 0})["calls"])
            time.sleep(pause)
        return calls[1] - calls[0]

    assert reads(1) == 0
    following.look_at_queues(["celery"])
    wait_until(lambda: following.depths)
    assert following.depths["celery"].waiting == 0
    shop.send_task("echo", [1])
    wait_until(lambda: following.depths["celery"].waiting == 1)
    assert 4 <= reads(2) <= 4 * 2 + 1
    following.look_at_queues([])
    assert following.depths == {}
    time.sleep(0.3)
    assert reads(1) == 0
    own = [c for c in server.client().client_list() if c["db"] == "6" and c["cmd"] == "hlen"]
    assert own == []


def test_a_broker_that_is_away_has_no_depths_and_disturbs_nobody(own_server):
    app = client_app(own_server.url(), own_server.url())
    reader, channel = QueueReader(), event_channel(app, ask=True)
    assert reader.read({channel: ["celery"]})[channel]["celery"].waiting == 0
    own_server.kill()
    assert reader.read({channel: ["celery"]}) == {}
    own_server.start()
    assert reader.read({channel: ["celery"]})[channel]["celery"].waiting == 0
    reader.close()
