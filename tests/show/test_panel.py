"""The panel's switches and its end; the Stack is a stand-in where only its answers matter."""

import threading

import pytest

from labapp.show.panel import Panel
from tests.live.services import wait_until
from tests.show.test_panel_view import APart


class NoFaults:
    def of(self, part):
        return []


class StandIn:
    """As much of a Stack as a panel sees."""

    running = True

    def __init__(self, *parts):
        self._parts = list(parts)
        self.subscribers = []
        self.faults = NoFaults()

    def parts(self):
        return self._parts

    def subscribe(self, callback):
        self.subscribers.append(callback)
        return lambda: self.subscribers.remove(callback)


class SlowPart(APart):
    def __init__(self):
        super().__init__()
        self.go_on = threading.Event()

    def stop(self):
        self.go_on.wait(10)
        raise RuntimeError("worker has not ended within 30 s.\nkill() ends it at once.")

    def kill(self): ...

    restart = start = kill


@pytest.fixture
def slow():
    part = SlowPart()
    yield part
    part.go_on.set()


@pytest.fixture
def panel(slow):
    panel = Panel(StandIn(slow), "Lab")
    yield panel
    panel.finish()


def test_a_click_returns_at_once_and_shows_what_is_being_done(panel):
    panel._clicked({"part": "worker", "do": "stop"})
    view = panel._view()
    assert view["part:worker"]["word"] == "stopping…"
    assert view["head"]["summary"] == "worker stopping…"


def test_what_goes_wrong_becomes_one_sentence_in_the_panel(panel, slow):
    panel.switches.act("worker", "stop")
    slow.go_on.set()
    wait_until(lambda: panel._view()["head"]["message"])
    assert panel._view()["head"]["message"] == (
        "worker has not ended within 30 s. kill() ends it at once."
    )
    assert panel._view()["part:worker"]["word"] == "ready"


@pytest.mark.parametrize(
    "content",
    [
        {"part": "worker", "do": "__init__"},
        {"part": "worker", "do": "start"},
        {"part": "nobody", "do": "stop"},
        {"do": "stop"},
        {"part": "worker", "do": "set", "fault": "worker paused"},
        {"part": "nobody", "do": "set", "fault": "worker paused"},
        {"part": "worker", "do": "stop", "fault": "worker paused"},
        "stop",
        None,
    ],
)
def test_a_message_that_is_no_switch_does_nothing(panel, content):
    panel._clicked(content)
    assert panel.switches.busy == {}


def test_a_second_click_waits_for_the_first(panel):
    panel.switches.act("worker", "stop")
    panel.switches.act("worker", "kill")
    assert panel.switches.busy == {"worker": "stopping…"}


def test_the_end_leaves_a_picture_and_no_subscription(panel):
    panel.finish("The lab was stopped.")
    panel.finish()
    assert panel.finished
    assert panel._stack.subscribers == []
    assert "The lab was stopped." in panel._output._picture


def test_parts_that_cannot_be_drawn_are_a_sentence(panel):
    panel._stack.parts = lambda: 1 / 0
    panel.finish()
    assert "The lab's panel cannot be drawn: division by zero" in panel._output._picture
