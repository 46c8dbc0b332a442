"""A Celery worker as a service of the lab."""

from __future__ import annotations

from typing import Any

from labapp.lab.boot.child import Report
from labapp.lab.boot.load import celery_app


def main(command: dict[str, Any], report: Report) -> None:
    """Load the app that `command` names and work until told to stop.

    Says `ready` with the pool's pids when the consumer listens, and at a warm shutdown which
    tasks are still running, so that a restart can name what it waits for.
    """
    from celery import signals
    from celery.worker import state

    if not command["stock"]:
        from labapp.lab.boot import quickretry, quickstop, telling

        quickretry.install()
        quickstop.install()
        telling.install_in_worker()

    def on_ready(sender: Any, **_: Any) -> None:
        pool = sender.pool
        report.send(ready=True, pool=list((pool.info or {}).get("processes", [])) if pool else [])

    def on_stopping(**_: Any) -> None:
        running = [[request.id, request.name] for request in list(state.active_requests)]
        report.send(stopping=True, running=running)

    signals.worker_ready.connect(on_ready, weak=False)
    signals.worker_shutting_down.connect(on_stopping, weak=False)

    app = celery_app(command["app"])
    if not command["stock"]:
        from labapp.lab.boot.viewers import Viewers

        app.steps["consumer"].add(Viewers)
    options = {
        "hostname": command["hostname"],
        "pool_cls": command["pool"],
        "concurrency": command["concurrency"],
        "loglevel": "INFO",
    }
    if command["queues"]:
        options["queues"] = command["queues"]
    if not command["stock"]:
        # Mingle waits a whole second for neighbours, and gossip listens to them: a lab has neither.
        options["without_mingle"] = options["without_gossip"] = True
    worker = app.Worker(**options)
    worker.start()
    raise SystemExit(worker.exitcode or 0)
