"""The history of a lab's real workers: what it says of tasks of every fate."""

import os
import signal

import pytest
from celery import chord, group

from labapp.lab import Stack
from labapp.live.recording import Recording
from labapp.live.told import UNACCOUNTED
from tests.live.history_lab import MODULE, begin_recording, ended
from tests.live.services import wait_until


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    (folder / "mine.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(folder / "run"))
        patch.chdir(folder)
        with Stack(worker="mine:celery", web=None, celery_env=False) as stack:
            yield stack


@pytest.fixture(scope="module")
def recording(lab):
    recording = begin_recording(lab)
    yield recording
    recording.close()


def told_of(recording, *results):
    wait_until(ended(recording, *results))
    return [recording.history.tasks[result.id] for result in results]


def runs(recording, result):
    told = recording.history.tasks.get(result.id)
    return told is not None and told.place == "running"


def signature(lab, name, *args):
    return lab.celery.signature(name, args=args, app=lab.celery)


def test_a_task_is_sent_received_started_and_ended_in_the_pools_own_process(lab, recording):
    (told,) = told_of(recording, lab.celery.send_task("nap"))
    (one,) = told.tries
    assert one.sent <= one.started < one.ended
    assert (one.outcome, one.queue, one.sender) == ("succeeded", "celery", os.getpid())
    assert one.worker == "worker@lab"
    assert one.child in lab.worker.process.report["pool"]
    assert list(told.missing()) == []


def test_a_retried_task_has_its_tries_each_with_its_own_times(lab, recording):
    (told,) = told_of(recording, lab.celery.send_task("again", kwargs={"times": 2}))
    wait_until(lambda: all(one.outcome for one in told.tries))  # a child may tell of a retry late
    assert [one.outcome for one in told.tries] == ["retried", "retried", "succeeded"]
    assert [one.number for one in told.tries] == [0, 1, 2]
    for before, after in zip(told.tries, told.tries[1:], strict=False):
        # Not more than that: the child tells of its retry once the next try is on its way.
        assert before.started < min(before.ended, after.started)
        assert after.due is not None
    assert "the other side is away" in told.tries[0].text


def test_a_group_and_a_chord_name_the_group_and_the_parent(lab, recording):
    result = group(signature(lab, "nap") for _ in range(3)).apply_async()
    tasks = told_of(recording, *result.results)
    assert {told.group for told in tasks} == {result.id}
    header = [signature(lab, "add", 1, 2), signature(lab, "add", 3, 4)]
    body = chord(header, signature(lab, "total"), app=lab.celery).apply_async()
    told, *parts = told_of(recording, body, *body.parent.results)
    assert told.parent in {part.id for part in parts}
    assert told.last.text == "10"


def test_two_tasks_at_once_run_in_two_slots_and_a_third_waits(lab, recording):
    results = [lab.celery.send_task("nap", args=[0.3]) for _ in range(3)]
    first, second, third = (told.last for told in told_of(recording, *results))
    assert {first.slot, second.slot} == {0, 1}
    assert third.started >= min(first.ended, second.ended)


def test_a_failure_is_told_in_its_own_words(lab, recording):
    (told,) = told_of(recording, lab.celery.send_task("boom"))
    assert told.outcome == "failed"
    assert "no such picture" in told.last.text


def test_a_revoked_task_never_starts(lab, recording):
    busy = [lab.celery.send_task("nap", args=[0.8]) for _ in range(2)]
    result = lab.celery.send_task("nap")
    lab.celery.control.revoke(result.id)
    told, *_ = told_of(recording, result, *busy)
    assert told.outcome == "revoked"
    assert told.last.started is None


def test_who_looks_late_says_what_was_not_heard(lab, recording):
    result = lab.celery.send_task("nap", args=[1.0])
    wait_until(lambda: runs(recording, result))
    late = Recording(lab.celery)
    try:
        (told,) = told_of(late, result)
        assert told.last.started is None
        assert told.last.slot is None
        assert "when it began was not heard" in list(told.missing())
    finally:
        late.close()


def test_the_counts_are_those_of_the_tasks(lab, recording):
    results = [lab.celery.send_task("nap", args=[0.01]) for _ in range(40)]
    told_of(recording, *results)
    history = recording.history
    with history.lock:
        places = [told.place for told in history.tasks.values()]
        assert {place: count for place, count in history.counts.items() if count} == {
            place: places.count(place) for place in set(places)
        }
        assert sum(history.outcomes.values()) == history.counts["ended"]


def test_what_a_killed_worker_ran_is_unaccounted_for_until_it_is_heard_of_again(lab, recording):
    lab.add_worker("second", queues=["apart"])
    result = lab.celery.send_task("nap", args=[30.0], queue="apart")
    history = recording.history
    wait_until(lambda: runs(recording, result))
    os.kill(lab.workers["second"].pid, signal.SIGKILL)
    history.lose_worker("second@lab")
    told = history.tasks[result.id]
    assert told.place == UNACCOUNTED
    assert list(told.missing()) == ["It ran in second@lab, which was lost in the middle of it."]
    assert history.counts[UNACCOUNTED] == 1
    history.take([{"type": "task-succeeded", "uuid": result.id, "hostname": "second@lab"}])
    assert told.place == "ended"
    assert history.counts[UNACCOUNTED] == 0


def test_a_silent_worker_is_noticed_without_being_told(lab, recording):
    part = lab.add_worker("third", queues=["alone"])
    result = lab.celery.send_task("nap", args=[30.0], queue="alone")
    history = recording.history
    wait_until(lambda: runs(recording, result))
    part.kill()

    def noticed():
        history.look()
        return history.tasks[result.id].place == UNACCOUNTED

    wait_until(noticed, 18)


def test_workers_that_nobody_asked_are_not_heard(tmp_path, monkeypatch):
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MODULE)
    with Stack(worker="mine:celery", web=None, celery_env=False, stock=True) as stock:
        recording = Recording(stock.celery)
        result = stock.celery.send_task("nap")
        recording.history.expect(result.id, "nap")
        recording.follow_results([result.id])
        assert not recording.listens
        wait_until(ended(recording, result))
        told = recording.history.tasks[result.id]
        assert told.last.by_result
        assert "when it began was not heard" in list(told.missing())
        recording.close()


def test_who_catches_up_knows_the_end_of_what_has_ended(lab, recording):
    """A result is there before the event of it: a picture that is made in between is behind."""
    results = [lab.celery.send_task("nap", args=[0.01]) for _ in range(5)]
    for result in results:
        result.get(timeout=10)
    recording.catch_up()
    assert all(recording.history.tasks[result.id].place == "ended" for result in results)
    late = Recording(lab.celery)
    late.history.expect(results[0].id, "nap")
    late.catch_up()  # whose events were never heard
    assert late.history.tasks[results[0].id].outcome == "succeeded"
    late.close()


def test_a_task_whose_message_has_vanished_is_unaccounted_for_and_one_that_waits_is_not(
    lab, recording
):
    lost, kept = (
        lab.celery.send_task("nap", queue="nobody listens", priority=priority)
        for priority in (0, 6)
    )
    history = recording.history
    with lab.redis.client() as client:
        assert client.delete("nobody listens") == 1
    recording.ask_again()
    wait_until(lambda: history.tasks[lost.id].place == UNACCOUNTED, 15)
    assert "No queue and no worker has its message" in history.tasks[lost.id].reason
    assert history.tasks[kept.id].place == "queued"
