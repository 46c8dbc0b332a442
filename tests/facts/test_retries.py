"""When a failed task is tried again, how often, and who is told of its end."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from celery.signals import task_failure
from redis import Redis

Work = Callable[[], Any]
LESSON = pytest.mark.fact("05_when_things_fail", "06_unhandled_exceptions")
AGAIN: dict[str, Any] = {"autoretry_for": (ConnectionError,), "default_retry_delay": 0}


@pytest.fixture
def call(app: Celery, work: Work) -> Callable[..., tuple[Any, int]]:
    """Run a task that raises in each run; its result and the number of its runs."""

    def run(error: Exception, **options: Any) -> tuple[Any, int]:
        runs: list[int] = []

        @app.task(name="call", **options)
        def fail() -> None:
            runs.append(1)
            raise error

        with work():
            sent = fail.delay()
            sent.get(timeout=20, propagate=False)
        return sent, len(runs)

    return run


@LESSON
def test_max_retries_alone_retries_nothing(call: Callable[..., Any]) -> None:
    failed, runs = call(ConnectionError("away"), max_retries=3)
    assert (failed.state, runs) == ("FAILURE", 1)


@LESSON
def test_with_autoretry_a_task_runs_once_more_than_max_retries(call: Callable[..., Any]) -> None:
    failed, runs = call(ConnectionError("away"), **AGAIN)
    assert (failed.state, runs) == ("FAILURE", 4)


@LESSON
def test_only_exceptions_that_are_named_are_tried_again(call: Callable[..., Any]) -> None:
    failed, runs = call(ValueError("no number"), **AGAIN)
    assert (failed.state, runs) == ("FAILURE", 1)


@LESSON
def test_a_swallowed_retry_is_told_as_success_and_runs_all_the_same(
    app: Celery, work: Work
) -> None:
    runs: list[int] = []

    @app.task(bind=True, name="swallow")
    def swallow(self: Any) -> str:
        runs.append(1)
        try:
            raise self.retry(countdown=0)
        except Exception:
            return "all is well"

    @app.task(name="after")
    def after() -> None: ...

    with work():
        sent = swallow.delay()
        assert sent.get(timeout=20) == "all is well"
        while len(runs) < 4:
            after.delay().get(timeout=20)  # each comes behind a retry
        after.delay().get(timeout=20)
    assert len(runs) == 4
    assert sent.state == "SUCCESS"


@LESSON
def test_the_failure_signal_is_sent_after_the_last_try_only(call: Callable[..., Any]) -> None:
    told: list[Any] = []

    def hear(sender: Any, exception: Exception, **_: Any) -> None:
        told.append((sender.name, str(exception)))

    task_failure.connect(hear)
    try:
        _, runs = call(ConnectionError("away"), **AGAIN)
    finally:
        task_failure.disconnect(hear)
    assert runs == 4
    assert told == [("call", "away")]


@LESSON
def test_what_waits_for_its_retry_is_unacknowledged_in_a_worker(
    app: Celery, redis_client: Redis, work: Work
) -> None:
    @app.task(name="later", **AGAIN | {"default_retry_delay": 600})
    def later() -> None:
        raise ConnectionError("away")

    @app.task(name="after")
    def after() -> None: ...

    with work():
        sent = later.delay()
        while (
            sent.state != "RETRY" or redis_client.llen("celery") or not redis_client.hlen("unacked")
        ):
            after.delay().get(timeout=20)
        held: Any = redis_client.hvals("unacked")
        assert any(sent.id.encode() in message for message in held)


@pytest.mark.fact("05_when_things_fail", "04_progress_and_results")
def test_a_failures_record_has_type_words_and_traceback(call: Callable[..., Any]) -> None:
    failed, _ = call(ValueError("no number"))
    assert (type(failed.result), str(failed.result)) == (ValueError, "no number")
    assert failed.traceback.splitlines()[-1] == "ValueError: no number"
