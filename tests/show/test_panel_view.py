"""The panel's texts and switches, as functions of the parts."""

from dataclasses import dataclass

import pytest

from labapp.show.panel_view import actions_for, picture, summary, view_of


@dataclass
class APart:
    name: str = "worker"
    kind: str = "worker"
    state: str = "ready"
    address: str = "worker@lab"
    pid: int | None = 4711
    detail: str = "prefork, 2 slots"
    reason: str = ""
    own: bool = True


def row(part, line="", busy=None, running=True):
    return view_of([part], {part.name: line}, busy or {}, running=running)[f"part:{part.name}"]


def test_a_part_shows_state_address_pid_and_last_words():
    shown = row(APart(), "ready.")
    assert (shown["sign"], shown["word"], shown["pid"]) == ("✓", "ready", 4711)
    assert (shown["address"], shown["line"]) == ("worker@lab", "ready.")


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("ready", ["restart", "stop", "kill"]),
        ("frozen", ["restart", "stop", "kill"]),
        ("paused", ["restart", "stop", "kill"]),
        ("starting", ["kill"]),
        ("stopped", ["start"]),
        ("failed", ["start"]),
        ("killed", ["start"]),
    ],
)
def test_each_state_offers_what_can_be_done(state, actions):
    assert actions_for(APart(state=state), running=True) == actions


def test_what_the_lab_did_not_start_has_no_switches():
    assert actions_for(APart(own=False), running=True) == []


def test_a_lab_that_does_not_run_has_no_switches():
    assert actions_for(APart(state="killed"), running=False) == []


def test_a_part_that_a_button_is_stopping_says_so_at_once():
    shown = row(APart(), busy={"worker": "stopping…"})
    assert shown["word"] == "stopping…"
    assert shown["actions"] == []


def test_a_failure_shows_its_reason_instead_of_the_log():
    shown = row(APart(state="failed", reason="It ended by itself."), "some line")
    assert (shown["line"], shown["trouble"]) == ("It ended by itself.", True)


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000/", True),
        ("javascript:alert(1)//http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000@evil.example", False),
        ("127.0.0.1:6379", False),
    ],
)
def test_only_an_address_on_loopback_is_a_link(address, linked):
    assert row(APart(address=address))["link"] is linked


def test_the_summary_names_who_is_not_ready():
    web, worker = APart("web"), APart("worker")
    assert summary([web, worker], {}) == "all 2 parts ready"
    web.state = "killed"
    assert summary([web, worker], {}) == "web killed"
    assert summary([web, worker], {"worker": "restarting…"}) == "web killed, worker restarting…"
    assert summary([APart(state="stopped")] * 3, {}) == "all 3 parts stopped"


@pytest.mark.parametrize("state", ["slow", "full", "frozen", "paused"])
def test_what_a_fault_makes_of_a_part_has_a_sign_and_a_word_of_its_own(state):
    shown = row(APart(state=state, reason="It is so, and so."))
    assert shown["sign"] not in ("?", "✓")
    assert (shown["word"], shown["trouble"]) == (state, True)
    assert f"{shown['sign']}&nbsp;{state}" in picture([APart(state=state)])


def test_the_summary_names_the_faults_that_are_on():
    switch = {"name": "queue flooded", "says": "Much.", "on": True, "do": "repair"}
    view = view_of([APart("redis")], {}, {}, running=True, switches={"redis": [switch]})
    assert view["head"]["summary"] == "all 1 parts ready; fault on: queue flooded"
    assert view["part:redis"]["faults"] == [switch]


def test_the_picture_holds_what_ran_and_neither_port_nor_pid():
    html = picture([APart(state="stopped", address="http://127.0.0.1:4242")])
    assert "prefork, 2 slots" in html
    assert "○&nbsp;stopped" in html
    assert "4242" not in html
    assert "4711" not in html
    assert "why" not in html


def test_hostile_names_and_logs_are_text():
    part = APart(name="<b>w", detail="<script>", reason="<img>", state="failed")
    html = picture([part])
    for tag in ("<b>", "<script>", "<img>"):
        assert tag not in html
    assert row(APart(), "\x1b[31mred\ud800" + "x" * 9_999)["line"].startswith("[31mredxxx")
