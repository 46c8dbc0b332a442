"""Chains, groups and chords, watched in a plain program against a real worker."""

import time

import pytest
from celery import chain, chord, group

from labapp import watch
from labapp.live.state import ENDED, SKIPPED
from tests.live.services import Worker, client_app, wait_until


@pytest.fixture
def task(app, worker):
    """A signature by name, as from a program that does not import the tasks."""

    def signature(name, *args, **options):
        return app.signature(name, args=args, **options)

    return signature


def texts(watched):
    return [state["text"] for state in watched.snapshot()["tasks"].values()]


def states(watched):
    return [state["state"] for state in watched.snapshot()["tasks"].values()]


def test_a_chain_shows_each_link_in_the_order_in_which_they_run(task):
    job = chain(task("echo", "a"), task("nap", 0.1, immutable=True), task("echo"))()
    watched = watch(job)
    assert watched.wait(20).snapshot()["total"] == 3
    assert list(watched.snapshot()["tasks"]) == [job.parent.parent.id, job.parent.id, job.id]
    assert texts(watched) == ["a", "1", "1"]


def test_a_chain_that_breaks_ends_and_says_what_never_ran(task):
    job = chain(
        task("echo", 1), task("boom", "no ink", immutable=True), task("echo", immutable=True)
    )()
    watched = watch(job).wait(20)
    assert states(watched) == ["SUCCESS", "FAILURE", "FAILURE"]
    assert texts(watched)[1:] == [
        "ValueError: no ink",
        "It never ran: an earlier link did not end well.",
    ]


def test_a_chain_whose_link_is_revoked_is_not_waited_for(app, task, tmp_path):
    job = chain(
        task("hold", str(tmp_path / "go")), task("echo", 2, immutable=True).set(countdown=9)
    )()
    watched = watch(job)
    wait_until(lambda: states(watched)[0] == "STARTED")
    app.control.revoke(job.id)
    (tmp_path / "go").touch()
    watched.wait(20)
    assert states(watched) == ["SUCCESS", "REVOKED"]


def test_a_chain_of_links_that_store_nothing_ends_with_its_last(task):
    job = chain(task("quiet", 1), task("quiet", 2, immutable=True), task("echo"))
    watched = watch(job())
    assert states(watched.wait(20)) == [ENDED, ENDED, "SUCCESS"]


def test_a_chord_is_counted_from_its_own_counters(server, task, tmp_path):
    go = tmp_path / "go"
    header = [task("nap", 0.02) for _ in range(6)] + [task("hold", str(go)) for _ in range(2)]
    job = chord(header, task("total"))()
    ids = {child.id for child in job.parent.results}
    watched = watch(job)
    wait_until(lambda: watched.snapshot()["done"] == 6)
    snapshot = watched.snapshot()
    assert (snapshot["total"], snapshot["percent"]) == (9, round(600 / 9, 1))
    assert snapshot["counts"] == {ENDED: 6, "NOT_ENDED": 2, "PENDING": 1}
    assert ids.isdisjoint(snapshot["tasks"])
    client = server.client()
    feed = watched._watched.followings[0]._feed
    assert len(feed._source._ids) == 1, "its parts are not subscribed to one by one"
    before = client.info("commandstats")["cmdstat_mget"]["calls"]
    time.sleep(0.6)
    assert client.info("commandstats")["cmdstat_mget"]["calls"] == before
    go.touch()
    assert watched.wait(20).snapshot()["counts"] == {"SUCCESS": 9}
    assert texts(watched)[-1] == "8"


def test_the_counters_of_a_chord_are_read_four_times_a_second_and_not_when_it_has_ended(
    server, task, tmp_path
):
    go = tmp_path / "go"
    watched = watch(chord([task("hold", str(go)) for _ in range(3)], task("total"))())

    def reads(seconds):
        client = server.client()
        counted = [client.info("commandstats").get("cmdstat_llen", {"calls": 0})["calls"]]
        time.sleep(seconds)
        counted.append(client.info("commandstats").get("cmdstat_llen", {"calls": 0})["calls"])
        return counted[1] - counted[0]

    wait_until(lambda: watched.snapshot()["link"] == "live")
    assert 4 <= reads(3) <= 4 * 3 + 1
    go.touch()
    watched.wait(20)
    assert reads(1) == 0


def test_a_chord_with_a_part_that_fails_ends_and_says_whose_fault_it_was(task):
    watched = watch(chord([task("echo", 1), task("boom", "no ink")], task("total"))())
    watched.wait(20)
    assert states(watched) == ["FAILURE", "FAILURE"]
    assert "ValueError('no ink')" in texts(watched)[1]


def test_a_chord_that_has_ended_before_is_known(task):
    job = chord([task("echo", 1), task("echo", 2)], task("total"))()
    assert job.get(timeout=20) == 3
    watched = watch(job).wait(5)
    assert (states(watched), texts(watched)[1]) == (["SUCCESS", "SUCCESS"], "3")


def test_a_chord_in_the_middle_of_a_chain_is_one_link(task):
    parts = group(task("nap", 0.05, immutable=True) for _ in range(4))
    job = chain(task("echo", 1), parts, task("total"), task("echo"))()
    watched = watch(job)
    assert watched.snapshot()["total"] == 7
    assert states(watched.wait(20)) == ["SUCCESS"] * 4
    assert texts(watched) == ["1", "", "4", "4"]


def test_a_group_after_a_task_is_watched_task_by_task(task):
    job = chain(task("echo", 1), group(task("echo", n, immutable=True) for n in range(3)))()
    assert texts(watch(job).wait(20)) == ["1", "0", "1", "2"]


def test_chains_in_a_group_are_watched_link_by_link(task):
    job = group(chain(task("echo", n), task("echo")) for n in range(3))()
    watched = watch(job).wait(20)
    assert watched.snapshot()["counts"] == {"SUCCESS": 6}


def test_a_store_without_counters_has_a_chords_parts_watched_one_by_one(server, tmp_path):
    store = f"db+sqlite:///{tmp_path}/results.db"
    worker = Worker(server.url(12), store)
    try:
        app = client_app(server.url(12), store)
        header = [app.signature("echo", args=(n,)) for n in range(3)]
        watched = watch(chord(header, app.signature("total"))())
        assert watched.wait(30).snapshot()["counts"] == {"SUCCESS": 4}
        assert texts(watched) == ["0", "1", "2", "3"]
    finally:
        worker.end()


def test_a_lost_chord_is_said_to_be_lost(own_server, monkeypatch):
    monkeypatch.setattr("labapp.show.watched.LOST_FOR", 0.5)
    app = client_app(own_server.url(), own_server.url())
    header = [app.signature("echo", args=(n,)) for n in range(3)]
    watched = watch(chord(header, app.signature("total"))())
    own_server.kill()
    wait_until(lambda: watched.snapshot()["link"] == "unreachable")
    own_server.start()
    with pytest.raises(TimeoutError, match="Redis has lost them"):
        watched.wait()
    assert set(states(watched)) <= {"UNKNOWN", SKIPPED}
    watched._watched.close()
