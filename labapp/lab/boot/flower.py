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
    arguments = ["flower", "--address=127.0.0.1", f"--port={command['port']}"]
    if prefix := command.get("prefix"):
        answer_without_prefix_too(prefix)
        arguments.append(f"--url_prefix={prefix}")
    sys.argv = ["celery", "flower"]
    app.start(arguments)


def answer_without_prefix_too(prefix: str) -> None:
    """Have Flower answer at its plain paths as well: pages lead to those with the prefix.

    Its links and scripts know absolute paths only, so behind JupyterLab's proxy they need the
    prefix; whoever asks it directly, a program for `/metrics` say, knows of none.
    """
    import flower.command
    from flower.urls import handlers
    from tornado.web import RequestHandler, url

    class Page(RequestHandler):
        def get(self, *_: str) -> None:
            self.redirect(f"/{prefix}{self.request.uri}")

    class BothPaths(flower.command.Flower):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            # The last one answers 404 to anything, the paths with the prefix among it.
            self.add_handlers(
                ".*",
                [
                    (rule.regex.pattern, Page) if isinstance(rule, url) else rule
                    for rule in handlers[:-1]
                ],
            )

    flower.command.Flower = BothPaths
