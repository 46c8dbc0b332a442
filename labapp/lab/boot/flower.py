"""Flower, the monitor of the Celery project, as a service of the lab."""

from __future__ import annotations

import sys
from typing import Any

from labapp.lab.boot.child import Report
from labapp.lab.boot.load import celery_app


def main(command: dict[str, Any], report: Report) -> None:
    """Serve Flower on the loopback port that `command` names, until told to stop."""
    app = celery_app(command["app"])
    report.send(listening=command["port"])
    sys.argv = ["celery", "flower"]
    app.start(["flower", "--address=127.0.0.1", f"--port={command['port']}"])
