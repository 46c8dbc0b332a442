"""What the lab's own results do beside Celery's: they look for themselves, and lose nothing."""

from typing import Any

import pytest
from celery.exceptions import TimeoutError
from celery.result import AsyncResult

from labapp.lab import Stack

ECHO = "celery.accumulate"


@pytest.fixture
def late(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The first look of each result ends in the moment in which the result arrives."""
    looks: list[float] = []
    look = AsyncResult.get

    def get(self: Any, timeout: float | None = None, **options: Any) -> Any:
        looks.append(timeout or 0)
        if len(looks) == 1:
            assert stack.wait_for(self.ready, 20)
            raise TimeoutError("The operation timed out.")
        return look(self, timeout=timeout, **options)

    monkeypatch.setattr(AsyncResult, "get", get)
    return looks


def test_a_result_that_comes_as_a_look_ends_is_given(stack: Stack, late: list[float]) -> None:
    assert stack.celery.send_task(ECHO, args=[1]).get(timeout=60) == [1]
    assert len(late) == 2


def test_what_a_task_raised_comes_through(stack: Stack, late: list[float]) -> None:
    job = stack.celery.AsyncResult("failed-with-a-timeout")
    job.backend.store_result(job.id, TimeoutError("the task's own"), "FAILURE")
    with pytest.raises(TimeoutError, match="the task's own"):
        job.get(timeout=60)
    assert len(late) == 2


def test_on_message_hears_the_end_where_a_look_found_it(stack: Stack, late: list[float]) -> None:
    heard: list[Any] = []
    job = stack.celery.send_task(ECHO, args=[1])
    assert job.get(timeout=60, on_message=heard.append) == [1]
    assert [r["status"] for r in heard if r["task_id"] == job.id][-1] == "SUCCESS"
    assert len(late) == 2


def test_on_message_hears_the_end_from_the_store_where_nothing_was_published(stack: Stack) -> None:
    job = stack.celery.AsyncResult("ended-before-anybody-listened")
    job.backend.store_result(job.id, 42, "SUCCESS")
    heard: list[Any] = []
    assert job.get(timeout=60, on_message=heard.append) == 42
    assert [record["result"] for record in heard] == [42]
