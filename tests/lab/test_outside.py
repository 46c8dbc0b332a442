"""Somebody else's Redis is used, and left as it was."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labapp.lab import RedisError, Stack, StateError
from labapp.lab.boot.ports import free_port
from labapp.lab.discovery import find_server
from labapp.lab.redis_part import answers_ping, connect

Make = Callable[..., Stack]


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    server = subprocess.Popen(
        [find_server().path, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert server.stdin is not None
    settings = f'bind 127.0.0.1\nport {port}\nrequirepass theirs\nsave ""\ndir {tmp_path}\n'
    server.stdin.write(settings.encode())
    server.stdin.close()
    deadline = time.monotonic() + 10
    while not answers_ping(port, "theirs") and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"redis://:theirs@127.0.0.1:{port}/3", server
    server.send_signal(signal.SIGCONT)
    server.kill()
    server.wait()


def test_a_lab_works_on_it_and_leaves_it_running(outside, make_stack: Make) -> None:
    url, server = outside
    with connect(url) as client:
        client.set("theirs", "kept")
        before = client.config_get("*")
    lab = make_stack(broker=url).start()
    assert lab.health().ok
    assert lab.submit("long_running_task", seconds=0).get(timeout=20)
    assert "theirs" not in lab.redis_url + repr(lab.redis) + lab.redis.address
    for forbidden in (lab.redis.stop, lab.redis.kill, lab.redis.restart):
        with pytest.raises(StateError, match="did not start the Redis"):
            forbidden()
    lab.stop()
    assert server.poll() is None
    with connect(url) as client:
        assert client.get("theirs") == "kept"
        assert client.config_get("*") == before


def test_the_environment_can_name_it(
    outside, make_stack: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABAPP_REDIS_URL", outside[0])
    lab = make_stack(web=None).start()
    assert lab.redis.detail.endswith("not started by this lab")
    assert lab.celery.send_task("celery.accumulate", args=[1]).get(timeout=20) == [1]


def test_another_password_is_told_and_not_shown(outside, make_stack: Make) -> None:
    wrong = outside[0].replace(":theirs@", ":guessed@")
    with pytest.raises(RedisError, match="wants another password") as error:
        make_stack(broker=wrong).start()
    assert "guessed" not in str(error.value)


def test_a_frozen_server_is_told_and_not_waited_for(outside, make_stack: Make) -> None:
    url, server = outside
    server.send_signal(signal.SIGSTOP)
    with pytest.raises(RedisError, match="does not answer"):
        make_stack(broker=url).start()


def test_a_server_that_is_not_there(make_stack: Make) -> None:
    with pytest.raises(RedisError, match=r"does not answer.*Start it"):
        make_stack(broker=f"redis://127.0.0.1:{free_port()}/0").start()


def test_an_address_that_is_none(make_stack: Make) -> None:
    with pytest.raises(RedisError, match="redis://"):
        make_stack(broker="redis://127.0.0.1:notaport/0").start()


@pytest.mark.parametrize(
    "broker", ["redis://:pa/ss:w@rd@127.0.0.1:1/0", "redis://:p@ssw@rd@127.0.0.1:1/0"]
)
def test_a_password_that_is_not_quoted_is_not_shown_either(broker: str, make_stack: Make) -> None:
    with pytest.raises(RedisError) as error:
        make_stack(broker=broker).start()
    shown = str(error.value) + make_stack(broker=broker).redis.address
    assert not [piece for piece in ("pa/", "p@ss", "'pa'", "w@rd", "rd@") if piece in shown]


def test_labs_on_one_server_have_node_names_of_their_own(outside, make_stack: Make) -> None:
    first, second = (make_stack(backend=outside[0], web=None).start() for _ in range(2))
    assert first.worker.address != second.worker.address
