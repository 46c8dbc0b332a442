"""What a result store tells, and when."""

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery, states
from celery.exceptions import Retry
from flask import Flask, jsonify
from redis import Redis

from tests.facts.conftest import new_id

Work = Callable[[], Any]


@pytest.mark.fact("03_build_the_app", "04_progress_and_results")
def test_pending_is_also_said_of_an_id_that_nobody_sent(app: Celery) -> None:
    assert app.AsyncResult(new_id()).state == "PENDING"


@pytest.mark.fact("03_build_the_app")
def test_a_waiting_task_has_no_record(app: Celery, redis_client: Redis) -> None:
    sent = app.send_task("anything")
    assert not redis_client.exists(f"celery-task-meta-{sent.id}")


@pytest.mark.fact("03_build_the_app", "04_progress_and_results")
@pytest.mark.parametrize(("tracked", "seen"), [(False, "PENDING"), (True, "STARTED")])
def test_started_is_seen_only_where_it_is_tracked(
    tracked: bool, seen: str, app: Celery, work: Work
) -> None:
    states_seen: list[str] = []

    @app.task(bind=True, name="look", track_started=tracked, shared=False)
    def look(self: Any) -> None:
        states_seen.append(app.AsyncResult(self.request.id).state)

    with work():
        look.delay().get(timeout=20)
    assert states_seen == [seen]


@pytest.mark.fact("02_six_ideas", "04_progress_and_results")
def test_a_state_is_published_on_a_channel_named_as_its_key(
    app: Celery, redis_client: Redis
) -> None:
    task_id = new_id()
    key = f"celery-task-meta-{task_id}"
    listener = redis_client.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(key)
    listener.get_message(timeout=5)
    app.backend.store_result(task_id, {"current": 1}, "PROGRESS")
    heard = None
    for _ in range(50):
        heard = heard or listener.get_message(timeout=0.2)
    assert heard is not None
    stored: Any = redis_client.get(key)
    assert json.loads(heard["data"]) == json.loads(stored)
    listener.close()


@pytest.mark.fact("04_progress_and_results")
def test_a_result_lives_a_day(app: Celery, redis_client: Redis) -> None:
    task_id = new_id()
    app.backend.store_result(task_id, 42, states.SUCCESS)
    left: Any = redis_client.ttl(f"celery-task-meta-{task_id}")
    assert 86_000 < left <= 86_400


@pytest.mark.fact("04_progress_and_results")
def test_an_ignored_result_leaves_no_record(app: Celery, redis_client: Redis, work: Work) -> None:
    @app.task(name="quiet", ignore_result=True)
    def quiet() -> int:
        return 42

    @app.task(name="told")
    def told() -> int:
        return 43

    with work():
        unseen = quiet.delay()
        assert told.delay().get(timeout=20) == 43
    assert not redis_client.exists(f"celery-task-meta-{unseen.id}")
    assert unseen.state == "PENDING"


@pytest.mark.fact("03_build_the_app")
def test_without_a_result_store_even_the_state_is_an_error() -> None:
    bare = Celery("bare", broker="memory://", set_as_current=False)
    with pytest.raises(AttributeError, match="DisabledBackend"):
        _ = bare.AsyncResult(new_id()).state


@pytest.mark.fact("03_build_the_app", "06_unhandled_exceptions")
def test_the_info_of_a_failed_task_is_its_exception(app: Celery, work: Work) -> None:
    @app.task(name="fail")
    def fail() -> None:
        raise ValueError("no such file")

    with work():
        failed = fail.delay()
        failed.get(timeout=20, propagate=False)
    assert isinstance(failed.info, ValueError)
    with pytest.raises(ValueError, match="no such file"):
        failed.get(timeout=20)


@pytest.mark.fact("03_build_the_app")
@pytest.mark.parametrize("state", ["RETRY", "REVOKED", "FAILURE"])
def test_flask_cannot_encode_the_info_of_an_exception_state(state: str, app: Celery) -> None:
    task_id = new_id()
    app.backend.store_result(task_id, ConnectionError("away"), state)
    info = app.AsyncResult(task_id).info
    with Flask("facts").app_context(), pytest.raises(TypeError, match="not JSON serializable"):
        jsonify(info)


@pytest.mark.fact("06_unhandled_exceptions", "05_when_things_fail")
def test_a_retry_is_an_exception_that_a_broad_except_swallows(app: Celery, work: Work) -> None:
    @app.task(bind=True, name="swallow", max_retries=3)
    def swallow(self: Any) -> str:
        try:
            raise self.retry(countdown=0)
        except Exception as error:
            return type(error).__name__

    assert issubclass(Retry, Exception)
    with work():
        assert swallow.delay().get(timeout=20) == "Retry"


@pytest.mark.fact("06_unhandled_exceptions", "05_when_things_fail")
def test_a_swallowed_retry_runs_again_and_its_result_is_dropped(app: Celery, work: Work) -> None:
    runs: list[int] = []

    @app.task(bind=True, name="twice", max_retries=3)
    def twice(self: Any) -> str | None:
        runs.append(self.request.retries)
        if self.request.retries:
            return "receipt"
        with contextlib.suppress(Exception):
            raise self.retry(countdown=0)
        return None

    with work():
        job = twice.delay()
        assert job.get(timeout=20) is None
        end = time.monotonic() + 20
        while len(runs) < 2 and time.monotonic() < end:
            time.sleep(0.05)
    assert runs == [0, 1]
    assert app.AsyncResult(job.id).state == "SUCCESS"
    assert app.AsyncResult(job.id).result is None


@pytest.mark.fact("06_unhandled_exceptions", "05_when_things_fail")
def test_autoretry_never_sees_what_a_broad_except_swallows(app: Celery, work: Work) -> None:
    runs: list[int] = []

    @app.task(name="hidden", autoretry_for=(OSError,), retry_backoff=1, retry_jitter=False)
    def hidden() -> None:
        runs.append(1)
        with contextlib.suppress(Exception):
            raise OSError("busy")

    with work():
        hidden.delay().get(timeout=20)
    assert runs == [1]


@pytest.mark.fact("04_progress_and_results")
def test_a_failure_with_a_meta_of_ones_own_cannot_be_read(app: Celery) -> None:
    task_id = new_id()
    app.backend.store_result(task_id, {"error": "no"}, "FAILURE")
    with pytest.raises(ValueError, match="Exception information must include the exception type"):
        _ = app.AsyncResult(task_id).info


@pytest.mark.fact("05_arguments")
def test_a_returned_set_fails_the_task_after_its_work_is_done(app: Celery, work: Work) -> None:
    done: list[int] = []

    @app.task(name="names")
    def names() -> set[int]:
        done.append(1)
        return {1, 2}

    with work():
        failed = names.delay()
        failed.get(timeout=20, propagate=False)
    assert done == [1]
    assert failed.state == "FAILURE"


@pytest.mark.fact("04_progress_and_results")
def test_a_group_gives_its_results_in_order(app: Celery, work: Work) -> None:
    from celery import group

    @app.task(name="double")
    def double(x: int) -> int:
        return 2 * x

    with work():
        assert group(double.s(x) for x in range(4))().get(timeout=20) == [0, 2, 4, 6]


@pytest.mark.fact("04_progress_and_results")
def test_get_with_on_message_hears_each_progress(app: Celery, work: Work) -> None:
    heard: list[str] = []

    @app.task(bind=True, name="steps")
    def steps(self: Any) -> int:
        until = time.monotonic() + 20
        while "PROGRESS" not in heard and time.monotonic() < until:
            self.update_state(state="PROGRESS", meta={"current": 1})
            time.sleep(0.02)
        return 3

    with work():
        sent = steps.delay()
        assert sent.get(timeout=30, on_message=lambda meta: heard.append(meta["status"])) == 3
    assert heard[-1] == "SUCCESS"
    assert "PROGRESS" in heard


@pytest.mark.fact("03_build_the_app", "04_progress_and_results")
def test_a_task_revoked_before_its_time_is_told_as_revoked_at_once(app: Celery, work: Work) -> None:
    @app.task(name="later")
    def later() -> None: ...

    with work():
        waits = later.apply_async(countdown=600)
        app.control.revoke(waits.id)
        until = time.monotonic() + 20
        while waits.state == "PENDING" and time.monotonic() < until:
            time.sleep(0.05)
    assert waits.state == "REVOKED"


@pytest.mark.fact("04_progress_and_results")
def test_on_message_hears_every_task_that_its_client_sent(app: Celery, work: Work) -> None:
    @app.task(name="quick")
    def quick(seconds: float = 0) -> int:
        time.sleep(seconds)
        return 1

    with work():
        uncollected = quick.delay()
        while not uncollected.ready():
            time.sleep(0.02)
        heard: list[str] = []
        collected = quick.delay(0.5)  # else it may have ended before anybody listens
        collected.get(timeout=20, on_message=lambda meta: heard.append(meta["task_id"]))
    assert set(heard) == {uncollected.id, collected.id}
