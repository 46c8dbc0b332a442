"""The web app and Flower as parts of the lab: services that are ready when they answer HTTP."""

from __future__ import annotations

import contextlib
import http.client
import os
from typing import TYPE_CHECKING, Any

from labapp.lab.boot.ports import free_port
from labapp.lab.hub import flower_prefix
from labapp.lab.part import Part, Process
from labapp.lab.spec import check_number

if TYPE_CHECKING:
    from labapp.lab.stack import Stack


class HttpPart(Part):
    """A service on a loopback port that it keeps across restarts."""

    probe = "/"

    def __init__(self, stack: Stack, name: str, app: str, port: int | None = None) -> None:
        super().__init__(stack, name)
        self.app = app
        self.port = check_number(port or 0, "web_port", 0, 65535)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}" if self.port else ""

    def is_ready(self, process: Process) -> bool:
        """Any HTTP answer will do: a stranger's app need not have a health route."""
        port = process.report.get("listening")
        if not port or process.ended or not answers_http(port, self.probe):
            return False
        self.port = port
        return True

    def spawn(self) -> str:
        return self._stack.guardian.run(
            self.name,
            self.kind,
            app=self.app,
            port=self.port,
            stock=self._stack.stock,
            **self.more(),
            **self._stack.surroundings(self),
        )

    def more(self) -> dict[str, Any]:
        """What else its process has to know."""
        return {}


class WebPart(HttpPart):
    """The Flask app behind waitress."""

    kind = "web"
    probe = "/healthz"

    @property
    def detail(self) -> str:
        return f"{self.app}, served by waitress"


class FlowerPart(HttpPart):
    """Flower, the monitor of the Celery project."""

    kind = "flower"
    probe = "/healthcheck"

    @property
    def detail(self) -> str:
        return "monitor"

    def spawn(self) -> str:
        # Flower does not say which port it took, so it is chosen for it.
        self.port = self.port or free_port()
        return super().spawn()

    def more(self) -> dict[str, Any]:
        return {"prefix": flower_prefix(os.environ, self.port)}


def answers_http(port: int, path: str, timeout: float = 5.0) -> bool:
    """Whether the service answers at all, whatever the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status > 0
    return False
