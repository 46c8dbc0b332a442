"""The panel's switches on a real lab: what they offer, what a click does, what is told."""

import pytest

from labapp.lab import FAULTS, Stack
from labapp.show.fault_switches import switches_for
from labapp.show.panel import Panel
from tests.live.services import wait_until


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(tmp_path_factory.mktemp("run")))
        with Stack() as running:
            yield running


@pytest.fixture
def panel(lab):
    panel = Panel(lab, "Lab")
    yield panel
    panel.finish()
    lab.faults.repair()


def switch(panel, part, name):
    faults = panel._view()[f"part:{part}"]["faults"]
    return next(one for one in faults if one["name"] == name)


def click(panel, part, name):
    """As the page does it: what the switch says is what is asked for."""
    do = switch(panel, part, name)["do"]
    panel._clicked({"part": part, "do": do, "fault": name})
    wait_until(lambda: not panel.switches.busy, 20)


def test_each_fault_has_a_switch_at_its_part_that_says_what_it_does(lab):
    offered = {part.name: [one["name"] for one in switches_for(lab, part)] for part in lab.parts()}
    assert offered["web"] == ["web killed"]
    assert offered["worker"] == ["worker killed", "worker paused", "one child killed"]
    assert sorted(name for names in offered.values() for name in names) == sorted(FAULTS)
    for part in lab.parts():
        assert all(one["says"] == FAULTS[one["name"]] for one in switches_for(lab, part))


def test_a_click_breaks_and_the_next_one_mends(lab, panel):
    click(panel, "worker", "worker paused")
    view = panel._view()
    assert view["part:worker"]["word"] == "paused"
    assert view["head"]["summary"] == "worker paused"
    assert switch(panel, "worker", "worker paused")["do"] == "repair"
    assert switch(panel, "worker", "worker killed")["do"] == ""
    click(panel, "worker", "worker paused")
    assert panel._view()["head"]["summary"] == "all 3 parts ready"
    assert lab.health().ok


def test_a_flood_is_a_switch_of_redis_and_told_while_redis_is_ready(lab, panel):
    click(panel, "redis", "queue flooded")
    view = panel._view()
    assert view["part:redis"]["word"] == "ready"
    assert view["head"]["summary"] == "all 3 parts ready; fault on: queue flooded"
    click(panel, "redis", "queue flooded")
    assert panel._view()["head"]["summary"] == "all 3 parts ready"


def test_what_is_over_at_once_leaves_no_switch_to_turn_back(lab, panel):
    click(panel, "worker", "one child killed")
    assert switch(panel, "worker", "one child killed")["do"] == "set"
    assert lab.faults.on == []


def test_a_cell_and_a_click_may_mend_the_same_fault(lab, panel):
    with lab.fault("web killed"):
        click(panel, "web", "web killed")
        assert lab.web.state == "ready"
        pid = lab.web.pid
    assert lab.web.pid == pid


def test_why_a_switch_did_not_work_is_a_sentence_in_the_panel(lab, panel):
    killed, frozen = lab.fault("worker killed"), lab.fault("redis frozen")
    click(panel, "worker", "worker killed")
    assert "cannot be repaired while redis is frozen" in panel._view()["head"]["message"]
    frozen.repair()
    killed.repair()


def test_somebody_elses_redis_has_no_switch(lab, monkeypatch, tmp_path):
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))
    with Stack(broker=str(lab.redis.url), web=None) as other:
        assert switches_for(other, other.redis) == []
        assert switches_for(other, other.worker)


def test_a_lab_that_has_ended_has_none():
    assert switches_for(Stack(), Stack().redis) == []
