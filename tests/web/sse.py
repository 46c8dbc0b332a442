"""A reader of event streams, and the web app served in this process as the lab serves it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from app_services import wait_until

from labapp.lab.boot.ports import bind_quiet
from labapp.lab.boot.web import make_server


@dataclass
class Told:
    """One event as it came over the line."""

    name: str
    number: int
    data: Any


class Reader:
    """Reads one stream on a thread of its own and keeps everything that it was told."""

    def __init__(self, base: str, path: str, **headers: str) -> None:
        self.events: list[Told] = []
        self.comments: list[str] = []
        self.retry: int | None = None
        self.ended = False
        self._client = httpx.Client(base_url=base, timeout=30, trust_env=False)
        headers.setdefault("Accept", "text/event-stream")
        self.response = wait_until(lambda: self._open(path, headers))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _open(self, path: str, headers: dict[str, str]) -> httpx.Response | None:
        """On a busy machine a first answer may be a 503: 0.3 s are the app's patience."""
        request = self._client.build_request("GET", path, headers=headers)
        response = self._client.send(request, stream=True)
        if response.status_code == 200:
            return response
        response.close()
        return None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        # The socket itself: httpx would wait for the reading thread.
        with contextlib.suppress(Exception):
            stream = self.response.extensions["network_stream"]
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._client.close()

    def data(self, name: str = "task") -> list[Any]:
        return [event.data for event in self.events if event.name == name]

    def wait_for(self, condition: Callable[[Any], Any], name: str = "task", timeout: float = 15):
        """The first data of such an event that fits."""

        def look() -> Any:
            return next((data for data in self.data(name) if condition(data)), None)

        try:
            return wait_until(look, timeout)
        except AssertionError:
            raise AssertionError(f"told only: {self.events[-5:]}") from None

    def wait_for_state(self, state: str, task_id: str | None = None) -> Any:
        return self.wait_for(
            lambda data: data["state"] == state and task_id in (None, data["task_id"])
        )

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with contextlib.suppress(httpx.HTTPError, OSError, RuntimeError):
            for line in self.response.iter_lines():
                self._line(line, fields)
        self.ended = True

    def _line(self, line: str, fields: dict[str, str]) -> None:
        if not line:
            if "data" in fields:
                data = json.loads(fields["data"], parse_constant=_refuse)
                self.events.append(Told(fields["event"], int(fields["id"]), data))
            fields.clear()
        elif line.startswith(":"):
            self.comments.append(line)
        else:
            name, _, value = line.partition(": ")
            assert name in {"event", "id", "data", "retry"}, line
            assert name not in fields, line
            if name == "retry":
                self.retry = int(value)
            else:
                fields[name] = value


def is_ok(health: Any) -> bool:
    """Whether a health event says that all is well."""
    return bool(health["status"] == "ok")


def _refuse(constant: str) -> None:
    raise ValueError(f"no JSON: {constant}")


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an app behind the lab's server, in this process; gives its address."""
    listener = socket.socket()
    bind_quiet(listener)
    listener.listen(1024)
    server = make_server(app, listener)
    thread = threading.Thread(target=_run, args=(server,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        hub = app.extensions["streams"]
        for stream in list(hub._streams):
            hub.close(stream)
        server.close()
        server.task_dispatcher.shutdown(timeout=2)


def _run(server: Any) -> None:
    # Closed under its feet at the end of a test, the loop may stumble over a socket that is gone.
    with contextlib.suppress(OSError, ValueError):
        server.run()
