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
        serve_plain_paths_too()
        arguments.append(f"--url_prefix={prefix}")
    sys.argv = ["celery", "flower"]
    app.start(arguments)


def serve_plain_paths_too() -> None:
    """Have Flower answer without its prefix as well.

    Its links are absolute, so behind JupyterLab's proxy they need the prefix; whoever asks it
    directly, a program for `/metrics` say, knows of none.
    """
    import flower.command
    from flower.urls import handlers
    from tornado.web import url

    class BothPaths(flower.command.Flower):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            # Without their names, which stand for the paths that links are made of.
            rules = [rule if isinstance(rule, tuple) else url(*_unnamed(rule)) for rule in handlers]
            # The last one answers 404 to anything, the paths with the prefix among it.
            self.add_handlers(".*", rules[:-1])

    flower.command.Flower = BothPaths


def _unnamed(rule: Any) -> tuple[Any, ...]:
    return rule.regex.pattern, rule.handler_class, rule.kwargs
