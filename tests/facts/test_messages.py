"""What lies in Redis while a task waits."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import EncodeError
from redis import Redis


@pytest.mark.fact("02_six_ideas", "01_worker_not_started")
def test_a_queue_is_a_redis_list_named_celery(app: Celery, redis_client: Redis) -> None:
    app.send_task("anything")
    app.send_task("anything")
    assert redis_client.type("celery") == b"list"
    assert redis_client.llen("celery") == 2


@pytest.mark.fact("02_six_ideas")
def test_a_message_is_json_with_its_body_in_base64(
    app: Celery, message: Callable[..., dict[str, Any]]
) -> None:
    sent = app.send_task("resize", args=[1], kwargs={"size": 2})
    told = message()
    assert told["properties"]["body_encoding"] == "base64"
    assert told["headers"]["task"] == "resize"
    assert told["headers"]["id"] == sent.id
    args, kwargs, embed = told["decoded"]
    assert (args, kwargs) == ([1], {"size": 2})
    assert set(embed) == {"callbacks", "errbacks", "chain", "chord"}


@pytest.mark.fact("02_six_ideas")
def test_the_oldest_message_is_taken_first(app: Celery, redis_client: Redis) -> None:
    first = app.send_task("first")
    app.send_task("second")
    oldest: Any = redis_client.lindex("celery", -1)
    assert first.id.encode() in oldest


@pytest.mark.fact("02_six_ideas")
def test_a_priority_has_a_list_of_its_own(app: Celery, redis_client: Redis) -> None:
    app.send_task("urgent", priority=3)
    app.send_task("usual")
    assert redis_client.llen("celery") == 1
    assert redis_client.llen("celery\x06\x163") == 1


@pytest.mark.fact("02_six_ideas", "01_worker_not_started")
def test_another_queue_is_another_list(app: Celery, redis_client: Redis) -> None:
    app.send_task("resize", queue="media")
    assert redis_client.llen("media") == 1
    assert not redis_client.exists("celery")


@pytest.mark.fact("02_six_ideas")
def test_a_countdown_is_an_eta_in_the_headers_and_waits_in_no_other_place(
    app: Celery, redis_client: Redis, message: Callable[..., dict[str, Any]]
) -> None:
    app.send_task("later", countdown=60)
    assert message()["headers"]["eta"]
    assert redis_client.llen("celery") == 1


@pytest.mark.fact("05_arguments")
def test_a_tuple_arrives_as_a_list_and_a_number_as_a_key_as_text(
    app: Celery, message: Callable[..., dict[str, Any]]
) -> None:
    app.send_task("sum", args=[(1, 2), {1: "one"}])
    assert message()["decoded"][0] == [[1, 2], {"1": "one"}]


@pytest.mark.fact("05_arguments")
def test_a_set_is_refused_as_it_is_sent(app: Celery, redis_client: Redis) -> None:
    class Order:
        pass

    for value in ({1, 2}, Order()):
        with pytest.raises(EncodeError):
            app.send_task("sum", args=[value])
    assert not redis_client.exists("celery")


@pytest.mark.fact("05_arguments")
def test_a_date_and_a_decimal_arrive_as_they_were_sent(
    app: Celery, message: Callable[..., dict[str, Any]]
) -> None:
    from datetime import UTC, datetime

    app.send_task("at", args=[datetime(2026, 1, 2, tzinfo=UTC)])
    (when,) = message()["decoded"][0]
    assert when == {"__type__": "datetime", "__value__": "2026-01-02T00:00:00+00:00"}


@pytest.mark.fact("02_six_ideas", "03_wrong_urls")
def test_pub_sub_knows_no_database_numbers(redis_server: Any) -> None:
    here = Redis.from_url(redis_server.url)
    there = Redis.from_url(redis_server.url.replace("/0", "/5"))
    listener = here.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("news")
    listener.get_message(timeout=5)
    there.publish("news", "heard")
    said = None
    for _ in range(50):
        said = said or listener.get_message(timeout=0.2)
    assert said is not None
    assert said["data"] == b"heard"
    listener.close()
