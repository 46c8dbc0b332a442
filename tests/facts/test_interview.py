"""Facts that answers of the question bank state, and no lesson has tried yet."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES
from redis import Redis
from redis.exceptions import OutOfMemoryError

Work = Callable[[], Any]


@pytest.fixture
def full(redis_client: Redis) -> Iterator[Callable[[str], None]]:
    """Fill the server with a cache up to its limit, under a policy: `full("noeviction")`."""

    def fill(policy: str) -> None:
        used = redis_client.info("memory")["used_memory"]
        redis_client.config_set("maxmemory-policy", policy)
        redis_client.config_set("maxmemory-samples", 20)
        redis_client.config_set("maxmemory", used + 2_000_000)
        for number in range(400):
            with suppress(OutOfMemoryError):
                redis_client.set(f"cache:{number}", "x" * 10_000, ex=3600)

    yield fill
    redis_client.config_set("maxmemory", 0)
    redis_client.config_set("maxmemory-policy", "noeviction")


def queue_up(app: Celery, count: int = 200) -> None:
    for number in range(count):
        app.send_task("resize", args=[number])


def grow_old(client: Redis, key: str) -> None:
    """Wait until the server counts the key as older than what comes next: it counts in seconds."""
    while client.object("idletime", key) < 2:
        time.sleep(0.1)


@pytest.mark.fact("q028", "q034")
def test_with_noeviction_a_full_redis_refuses_the_message_and_keeps_the_queue(
    app: Celery, redis_client: Redis, full: Callable[[str], None]
) -> None:
    queue_up(app)
    full("noeviction")
    with pytest.raises(
        OperationalError, match=r"command not allowed when used memory > 'maxmemory'"
    ):
        queue_up(app)
    assert redis_client.llen("celery") >= 200


@pytest.mark.fact("q028", "q034")
def test_with_allkeys_lru_a_queue_that_waits_is_gone_whole_and_nobody_is_told(
    app: Celery, redis_client: Redis, full: Callable[[str], None]
) -> None:
    queue_up(app)
    grow_old(redis_client, "celery")
    full("allkeys-lru")
    assert redis_client.llen("celery") == 0
    app.send_task("resize")
    assert redis_client.llen("celery") == 1, "and it can be sent on, as if nothing had been"


@pytest.mark.fact("q028")
def test_with_a_volatile_policy_the_queue_stays_and_what_expires_goes(
    app: Celery, redis_client: Redis, full: Callable[[str], None]
) -> None:
    queue_up(app)
    redis_client.set("celery-task-meta-x", "a result", ex=86_400)
    full("volatile-lru")
    assert redis_client.llen("celery") == 200
    assert redis_client.info("stats")["evicted_keys"] > 0


@contextmanager
def overheard(client: Redis) -> Iterator[list[str]]:
    """Every command that the server is sent meanwhile, in order."""
    heard: list[str] = []
    with client.monitor() as monitor:

        def listen() -> None:
            for told in monitor.listen():
                heard.append(told["command"])
                if told["command"] == "GET over":
                    return

        thread = threading.Thread(target=listen)
        thread.start()
        yield heard
        client.get("over")
        thread.join()


@pytest.mark.fact("q022", "q024")
def test_these_commands_carry_one_task_to_its_result(
    app: Celery, redis_client: Redis, work: Work
) -> None:
    @app.task(name="add")
    def add(a: int, b: int) -> int:
        return a + b

    with overheard(redis_client) as heard, work():
        sent = add.delay(1, 2)
        assert sent.get(timeout=10) == 3
    key = f"celery-task-meta-{sent.id}"
    steps = [
        f"SUBSCRIBE {key}",
        "LPUSH celery ",
        "ZADD unacked_index ",
        "HSET unacked ",
        f"SETEX {key} 86400 ",
        f"PUBLISH {key} ",
    ]
    places = [next(at for at, line in enumerate(heard) if line.startswith(step)) for step in steps]
    assert places == sorted(places)
    assert any(line.startswith("BRPOP celery ") and line.endswith(" 1") for line in heard)
    assert any(line.startswith("ZREM unacked_index ") for line in heard)
    assert any(line.startswith("HDEL unacked ") for line in heard)


@pytest.mark.fact("q022")
def test_what_times_out_comes_next_and_what_is_rejected_comes_last(redis_server: Any) -> None:
    with Connection(redis_server.url) as connection:
        channel = connection.channel()
        queue = connection.SimpleQueue("line", channel=channel)
        for word in ("first", "second", "third"):
            queue.put(word)
        taken = queue.get(timeout=1)
        channel.qos.restore_by_tag(taken.delivery_tag)
        again = queue.get(timeout=1)
        assert again.payload == taken.payload == "first"
        again.reject(requeue=True)
        assert [queue.get(timeout=1).payload for _ in range(3)] == ["second", "third", "first"]


@pytest.mark.fact("q030", "q035")
def test_redis_has_transports_for_one_server_and_for_sentinel_and_none_for_a_cluster() -> None:
    of_redis = {name for name, place in TRANSPORT_ALIASES.items() if "redis" in place}
    assert of_redis == {"redis", "rediss", "sentinel"}


@pytest.mark.fact("q015")
def test_arguments_that_come_later_go_in_front_and_an_immutable_signature_takes_none(
    app: Celery,
) -> None:
    @app.task
    def minus(a: int, b: int) -> int:
        return a - b

    assert minus.s(2).apply(args=(10,)).get() == 8
    assert minus.s(10, b=1).apply(kwargs={"b": 4}).get() == 6
    assert minus.si(7, 2).apply(args=(100,)).get() == 5


@pytest.mark.fact("q014")
def test_delay_counts_the_arguments_and_send_task_cannot(app: Celery) -> None:
    @app.task(name="minus")
    def minus(a: int, b: int) -> int:
        return a - b

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'b'"):
        minus.delay(1)
    app.send_task("minus", args=[1])
    assert minus(3, 2) == 1, "a plain call runs here"


@pytest.mark.fact("q013")
def test_what_a_task_keeps_on_itself_is_there_in_the_next_run(app: Celery, work: Work) -> None:
    @app.task(bind=True)
    def count(self: Any) -> int:
        self.runs = getattr(self, "runs", 0) + 1
        return int(self.runs)

    with work():
        assert [count.delay().get(timeout=10) for _ in range(2)] == [1, 2]


@pytest.mark.fact("q031")
@pytest.mark.parametrize("expires", [0, None])
def test_a_result_that_expires_after_nothing_is_kept_for_ever(
    expires: int | None, app: Celery, redis_client: Redis
) -> None:
    app.conf.result_expires = expires
    app.backend.store_result("x", 1, "SUCCESS")
    assert redis_client.ttl("celery-task-meta-x") == -1
    app.AsyncResult("x").forget()
    assert not redis_client.exists("celery-task-meta-x")


@pytest.mark.fact("q031")
def test_a_failure_may_have_a_life_of_its_own(app: Celery, redis_client: Redis) -> None:
    app.conf.result_failure_expires = 60
    app.backend.mark_as_failure("x", ValueError("no"))
    assert 0 < redis_client.ttl("celery-task-meta-x") <= 60


@pytest.mark.fact("q031")
def test_get_of_an_ignored_result_gives_none_at_once(app: Celery, work: Work) -> None:
    @app.task(ignore_result=True)
    def add(a: int, b: int) -> int:
        return a + b

    with work():
        sent = add.delay(1, 2)
        assert sent.get(timeout=10) is None
        assert sent.state == "PENDING"


@pytest.mark.fact("q026")
def test_a_running_task_goes_on_when_the_broker_is_lost_unless_told_otherwise() -> None:
    assert Celery("x").conf.worker_cancel_long_running_tasks_on_connection_loss is False


@pytest.mark.fact("q011")
def test_an_unknown_name_is_discarded_and_told_to_the_caller(
    app: Celery, redis_client: Redis, work: Work
) -> None:
    with work():
        sent = app.send_task("nobody.knows")
        sent.get(timeout=10, propagate=False)
    assert sent.state == "FAILURE"
    assert type(sent.result).__name__ == "NotRegistered"
    assert redis_client.llen("celery") == 0
