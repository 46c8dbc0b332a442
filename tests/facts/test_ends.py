"""What becomes of tasks when their worker, or the process that runs them, comes to an end."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from labapp.lab import Stack
from tests.facts.conftest import run_python

LESSON = pytest.mark.fact("05_when_things_fail")
Starts = Callable[..., AbstractContextManager["Watched"]]


class Watched:
    """A stock lab on the tasks of `deliveries`, and what its Redis knows of them."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.server = stack, stack.redis.client()

    def send(self, name: str, *args: Any, **options: Any) -> Any:
        return self.stack.celery.send_task(f"tests.facts.deliveries.{name}", args, **options)

    def count(self, what: str, job: Any) -> int:
        return int(self.server.get(f"{what}:{job.id}") or 0)

    def runs(self, job: Any) -> int:
        return self.count("runs", job)

    def wait(self, condition: Callable[[], bool], timeout: float = 40) -> None:
        assert self.stack.wait_for(condition, timeout)

    def where(self, job: Any) -> str:
        if any(job.id in message for message in self.server.lrange("celery", 0, -1)):
            return "queue"
        return "unacked" if any(job.id in m for m in self.server.hvals("unacked")) else "nowhere"

    def quit(self) -> None:
        """SIGQUIT, once the worker has heard from its processes that they have begun."""
        time.sleep(1)
        os.kill(self.stack.worker.pid or 0, signal.SIGQUIT)
        self.wait(lambda: self.stack.worker.pid is None)


@pytest.fixture
def watched(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Starts:
    monkeypatch.chdir(checkout)
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))

    @contextmanager
    def start(**options: Any) -> Iterator[Watched]:
        worker = "tests.facts.deliveries:celery"
        with Stack(worker=worker, web=None, stock=True, **options) as stack:
            yield Watched(stack)

    return start


@LESSON
def test_term_lets_what_runs_end_and_gives_back_what_was_fetched(watched: Starts) -> None:
    with watched() as lab:
        jobs = [lab.send("early", 4) for _ in range(4)]
        lab.wait(lambda: sum(map(lab.runs, jobs)) == 2)
        lab.stack.worker.stop()
        assert [job.state for job in jobs] == ["SUCCESS"] * 2 + ["PENDING"] * 2
        assert [lab.where(job) for job in jobs] == ["nowhere"] * 2 + ["queue"] * 2


@LESSON
def test_quit_gives_back_what_is_acknowledged_late_and_tells_the_other_as_retry(
    watched: Starts,
) -> None:
    with watched() as lab:
        early, late = lab.send("early", 60), lab.send("late", 60)
        lab.wait(lambda: lab.runs(early) == lab.runs(late) == 1)
        lab.quit()
        assert (early.state, lab.where(early)) == ("RETRY", "nowhere")
        assert (late.state, lab.where(late)) == ("PENDING", "queue")


@LESSON
def test_a_soft_shutdown_gives_short_tasks_their_time(watched: Starts) -> None:
    with watched(env={"SOFT": "4"}) as lab:
        short, long = lab.send("late", 2), lab.send("late", 60)
        lab.wait(lambda: lab.runs(short) == lab.runs(long) == 1)
        lab.quit()
        assert (short.state, lab.where(short)) == ("SUCCESS", "nowhere")
        assert (long.state, lab.where(long)) == ("PENDING", "queue")


@LESSON
@pytest.mark.parametrize(("remapped", "how"), [("", "worker_Warm"), ("SIGQUIT", "worker_Cold")])
def test_remap_sigterm_makes_term_mean_quit(remapped: str, how: str) -> None:
    code = (
        "import signal\n"
        "from celery.apps import worker\n"
        "worker.install_worker_term_handler(None)\n"
        "print(signal.getsignal(signal.SIGTERM).__name__)"
    )
    environ = {"REMAP_SIGTERM": remapped} if remapped else {}
    assert run_python(code, **environ).stdout.strip() == how


@LESSON
def test_a_killed_worker_loses_what_is_acknowledged_early_and_keeps_the_other_as_unacknowledged(
    watched: Starts,
) -> None:
    with watched() as lab:
        early, late = lab.send("early", 60), lab.send("late", 60)
        lab.wait(lambda: lab.runs(early) == lab.runs(late) == 1 and lab.where(early) == "nowhere")
        lab.stack.worker.kill()
        lab.stack.worker.start()
        next_one = lab.send("early", 0)
        next_one.get(timeout=40)
        assert (early.state, lab.where(early), lab.runs(early)) == ("PENDING", "nowhere", 1)
        assert (late.state, lab.where(late), lab.runs(late)) == ("PENDING", "unacked", 1)


@LESSON
def test_a_killed_process_fails_its_task_unless_it_is_rejected_and_then_it_has_no_end(
    watched: Starts,
) -> None:
    with watched(concurrency=4) as lab:
        early, late = lab.send("killed_early", 1), lab.send("killed_late", 1)
        once, often = lab.send("killed_and_rejected", 1), lab.send("killed_and_rejected", 3)
        for job in (early, late):
            job.get(timeout=60, propagate=False)
            assert (type(job.result).__name__, lab.runs(job)) == ("WorkerLostError", 1)
            # The signal is told of it, the task's own on_failure is not.
            lab.wait(lambda job=job: lab.count("signal", job) == 1)  # type: ignore[misc]
            assert lab.count("on_failure", job) == 0
        once.get(timeout=60)
        assert lab.runs(once) == 2
        often.get(timeout=90)
        assert lab.runs(often) == 4  # though max_retries is 1


@LESSON
def test_who_runs_longer_than_the_visibility_timeout_runs_in_every_slot(watched: Starts) -> None:
    with watched(concurrency=3, env={"VISIBILITY": "1"}) as lab:
        job = lab.send("until_told", "stop")
        lab.wait(lambda: lab.runs(job) == 3)
        lab.stack.wait_for(lambda: lab.runs(job) > 3, 3)
        assert lab.runs(job) == 3
        lab.server.set("stop", 1)
        job.get(timeout=40)


@LESSON
def test_a_countdown_longer_than_the_visibility_timeout_runs_more_than_once(
    watched: Starts,
) -> None:
    with watched(env={"VISIBILITY": "1"}) as lab:
        job = lab.send("early", 0, countdown=4)
        lab.wait(lambda: lab.runs(job) > 1)


@LESSON
def test_limits_are_kept_by_prefork(watched: Starts) -> None:
    with watched() as lab:
        soft, hard = lab.send("softly_limited", 6), lab.send("limited", 30)
        assert soft.get(timeout=40) == "tidied up"
        hard.get(timeout=40, propagate=False)
        assert type(hard.result).__name__ == "TimeLimitExceeded"
        # Celery 5.7 tells the signal twice: from the timer, and from the process's end.
        lab.wait(lambda: lab.count("signal", hard) == 2)


@LESSON
@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_limits_are_kept_by_no_other_pool(pool: str, watched: Starts) -> None:
    with watched(pool=pool) as lab:
        jobs = [lab.send("softly_limited", 2.5), lab.send("limited", 2.5)]
        assert [job.get(timeout=40) for job in jobs] == ["to the end"] * 2
