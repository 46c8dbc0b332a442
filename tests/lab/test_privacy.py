"""The password is in no command line, repr, log or file that another user of the machine reads."""

import contextlib
import os
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from labapp.lab import Stack
from labapp.lab.secret import Address, Environ, mask


def members(lab: Stack) -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def command_lines(lab: Stack) -> Iterator[list[str]]:
    for process in members(lab):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie of an earlier test has none
            yield process.cmdline()


def test_it_is_on_no_command_line(stack: Stack) -> None:
    secret = stack.redis._password
    lines = [" ".join(words) for words in command_lines(stack)]
    assert len(lines) >= 7
    assert not [line for line in lines if secret in line]


def test_it_is_in_no_repr(stack: Stack) -> None:
    secret = stack.redis._password
    shown = [
        repr(stack),
        repr(stack.parts()),
        stack.redis_url,
        repr(stack.redis.url),
        repr(stack.environ()),
        repr(stack.celery),
        repr(stack.celery.conf),
        repr(stack.celery.connection_for_read()),
        repr(stack.redis.client()),
        repr(stack.redis.client().connection_pool),
        repr(stack.health()),
        repr(vars(stack.redis).get("url", "")),
    ]
    assert [text for text in shown if secret in text] == []
    assert secret in stack.environ()["REDIS_URL"]


def test_it_is_in_no_log_and_no_file(stack: Stack) -> None:
    secret = stack.redis._password.encode()
    for path in stack.folder_path.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path


def test_it_is_in_no_traceback(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(web=None).start()
    lab.redis.kill()
    for use in (
        lambda: lab.redis.client().ping(),
        lambda: lab.celery.send_task("answer"),
        lambda: lab.celery.AsyncResult("x").state,
    ):
        with pytest.raises(Exception) as caught:
            use()
        told = "".join(traceback.TracebackException.from_exception(caught.value).format())
        assert lab.redis._password not in told


def test_another_user_neither_connects_nor_reads(stack: Stack, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    port = int(stack.redis.address.rpartition(":")[2])
    pids = [process.pid for process in members(stack)]
    code = f"""
        import encodings.idna, os, socket
        os.setgid(65534); os.setuid(65534)
        line = socket.create_connection(("127.0.0.1", {port}))
        line.sendall(b"PING\\r\\n")
        print(line.recv(100))
        seen = []
        for pid in {pids!r}:
            for name, look in (("environ", open), ("mem", open), ("fd", os.listdir)):
                try:
                    seen.append(look(f"/proc/{{pid}}/{{name}}"))
                except OSError:
                    pass
        try:
            seen.append(os.listdir({str(stack.folder_path)!r}))
        except OSError:
            pass
        print(seen)
    """
    other = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert other.returncode == 0, other.stderr
    said = other.stdout.splitlines()
    assert "NOAUTH" in said[0]
    assert said[1] == "[]"


def test_masking_keeps_all_but_the_password() -> None:
    assert mask("at redis://u:secret@h:1/0 now") == "at redis://u:**@h:1/0 now"
    assert mask("redis://:secret@h:1/0") == "redis://:**@h:1/0"
    assert mask("redis://h:1/0") == "redis://h:1/0"
    assert mask("redis://:p@s/s:w@h:1/0") == "redis://:**@h:1/0"
    assert mask("redis://:a@h:1/0 and redis://:b@h") == "redis://:**@h:1/0 and redis://:**@h"
    assert mask("redis://h/0?password=a&db=1") == "redis://h/0?password=**&db=1"
    assert repr(Address("redis://:s@h")) == "'redis://:**@h'"
    assert "hidden" not in repr(Environ(REDIS_URL="redis://:hidden@h"))
