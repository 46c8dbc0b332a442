"""Cancelling from the display: what is stopped, what goes on, and what is said about it."""

import threading

import pytest

from labapp import watch
from labapp.live import TaskState
from labapp.show.cancelling import ASKING, NOBODY, Canceller
from labapp.show.tally import Tally
from tests.live.services import Worker, client_app, wait_until


class Control:
    """Notes what is revoked; answers when it is let."""

    def __init__(self, replies=({"w@h": {"ok": "told"}},)):
        self.revoked, self.replies = [], list(replies)
        self.go_on = threading.Event()
        self.go_on.set()

    def revoke(self, ids, terminate, reply=False, timeout=None):
        self.go_on.wait(5)
        self.revoked.append((list(ids), terminate))
        return self.replies if reply else None


class App:
    def __init__(self, **known):
        self.control = Control(**known)


def tally_of(**states):
    return Tally([TaskState(key, state) for key, state in states.items()], list(states))


def canceller(app, tally, **parts):
    return Canceller(dict.fromkeys(tally.states, app), parts, lambda: None)


def done(switch):
    wait_until(lambda: switch.said not in ("", ASKING))
    return switch.said


def test_what_waits_can_be_cancelled_and_what_runs_only_terminated():
    waiting, running = tally_of(a="PENDING", b="RETRY"), tally_of(a="STARTED")
    mixed = tally_of(a="PENDING", b="PROGRESS", c="SUCCESS")

    def view(tally):
        shown = canceller(App(), tally).view(tally)
        return shown["cancel"], shown["terminate"]

    assert view(waiting) == (True, False)
    assert view(running) == (False, True)
    assert view(mixed) == (True, True)
    assert view(tally_of(a="SUCCESS")) == (False, False)
    hint = canceller(App(), mixed).view(mixed)["hint"]
    assert hint.startswith("Cancel stops the 1 that waits; the 1 that runs goes on.")
    assert "prefork pool only" in hint


def test_cancel_reaches_what_waits_and_terminate_all_that_has_not_ended():
    app, tally = App(), tally_of(a="PENDING", b="STARTED", c="SUCCESS", d="RETRY")
    switch = canceller(app, tally)
    switch.start("cancel", tally)
    assert "goes on" in done(switch)
    switch.start("terminate", tally)
    wait_until(lambda: len(app.control.revoked) == 2)
    assert app.control.revoked == [(["a", "d"], False), (["a", "b", "d"], True)]


def test_a_chord_is_cancelled_part_by_part():
    app, tally = App(), Tally([TaskState("head"), TaskState("body")], "hb", sizes={"head": 2})
    switch = canceller(app, tally, head=["x", "y"])
    switch.start("cancel", tally)
    done(switch)
    assert app.control.revoked == [(["x", "y", "body"], False)]


def test_after_a_cancel_what_still_does_not_end_can_be_terminated():
    app, tally = App(), tally_of(a="PENDING")
    switch = canceller(app, tally)
    assert not switch.view(tally)["terminate"]
    switch.start("cancel", tally)
    done(switch)
    assert switch.view(tally)["terminate"]


def test_that_nobody_answered_is_said_with_what_follows_from_it():
    tally = tally_of(a="PENDING")
    switch = canceller(App(replies=[]), tally)
    switch.start("cancel", tally)
    assert done(switch) == NOBODY


def test_a_broker_that_is_away_is_a_sentence():
    app, tally = App(), tally_of(a="PENDING")
    app.control.revoke = lambda *_, **__: 1 / 0
    switch = canceller(app, tally)
    switch.start("cancel", tally)
    assert done(switch).startswith("It could not be sent: ")
    assert switch.view(tally)["cancel"]


def test_a_second_click_meanwhile_does_nothing():
    app, tally = App(), tally_of(a="PENDING")
    app.control.go_on.clear()
    switch = canceller(app, tally)
    switch.start("cancel", tally)
    switch.start("cancel", tally)
    assert switch.view(tally)["hint"] == ASKING
    assert not switch.view(tally)["cancel"]
    app.control.go_on.set()
    done(switch)
    assert len(app.control.revoked) == 1


def test_thousands_go_in_messages_of_hundreds():
    keys = {f"t{n}": "PENDING" for n in range(1_200)}
    app, tally = App(), tally_of(**keys)
    switch = canceller(app, tally)
    switch.start("cancel", tally)
    done(switch)
    assert [len(ids) for ids, _ in app.control.revoked] == [500, 200, 500]
    assert {key for ids, _ in app.control.revoked for key in ids} == set(keys)


@pytest.mark.parametrize("said", [None, "cancel", {}, {"do": "flush"}, {"do": ["cancel"]}])
def test_what_a_page_sends_amiss_is_let_be(app, worker, said):
    watched = watch(app.send_task("echo", [1]))
    watched._clicked(said)
    watched.wait(20)
    assert watched.snapshot()["counts"] == {"SUCCESS": 1}


def test_a_waiting_task_is_revoked_and_one_that_runs_goes_on(app, worker, tmp_path):
    waiting = app.send_task("echo", [1], countdown=60)
    running = app.send_task("hold", [str(tmp_path / "go")])
    watched = watch([waiting, running])
    wait_until(lambda: "STARTED" in watched.snapshot()["counts"])
    watched._clicked({"do": "cancel"})
    wait_until(lambda: "REVOKED" in watched.snapshot()["counts"])
    assert watched.snapshot()["tasks"][running.id]["state"] == "STARTED"
    (tmp_path / "go").touch()
    assert watched.wait(20).snapshot()["counts"] == {"SUCCESS": 1, "REVOKED": 1}


def test_a_running_task_is_ended_in_a_prefork_pool(server):
    worker = Worker(server.url(13), server.url(13), TEST_POOL="prefork")
    try:
        app = client_app(server.url(13), server.url(13))
        watched = watch(app.send_task("nap", [60]))
        wait_until(lambda: "STARTED" in watched.snapshot()["counts"], 20)
        watched.cancel(terminate=True)
        watched.wait(20)
        assert watched.snapshot()["counts"] == {"REVOKED": 1}
    finally:
        worker.end()


def test_a_cancel_with_no_worker_there_is_told_to_be_kept_by_nobody(server):
    app = client_app(server.url(14), server.url(14))
    watched = watch(app.send_task("echo", [1]))
    watched.cancel()
    wait_until(lambda: watched._canceller.said not in ("", ASKING))
    assert watched._canceller.said == NOBODY
    watched._watched.close()
