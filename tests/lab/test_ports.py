"""A service keeps its port while it is away: clients are not given it meanwhile."""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.lab import Stack
from labapp.lab.boot import ports


def outgoing_from() -> int:
    return int(Path(ports.RANGE_FILE).read_text().split()[0])


@pytest.mark.skipif(
    not Path(ports.RANGE_FILE).exists(), reason="this system does not say its range"
)
def test_a_lab_takes_no_port_that_the_system_gives_to_clients(
    make_stack: Callable[..., Stack],
) -> None:
    lab = make_stack().start()
    assert lab.web.port < outgoing_from()
    assert int(lab.redis.address.rpartition(":")[2]) < outgoing_from()


def test_ports_differ_while_they_are_held() -> None:
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(socket.socket()) for _ in range(200)]
        assert len({ports.bind_quiet(line) for line in lines}) == 200


def test_without_room_below_any_free_port_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = tmp_path / "range"
    wide.write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "RANGE_FILE", str(wide))
    assert ports.free_port() > 0
