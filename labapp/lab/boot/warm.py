"""What the guardian imports once, so that each service is forked ready-made."""

from __future__ import annotations

import gc
import importlib

#: Imported once, before the first worker is forked: what a worker, its backend and the web
#: server need, and what Celery would otherwise import in each of them after the fork.
WARM = (
    "celery.app.amqp",
    "celery.app.log",
    "celery.app.control",
    "celery.apps.worker",
    "celery.backends.redis",
    "celery.concurrency.prefork",
    "celery.events.state",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.control",
    "celery.worker.strategy",
    "celery.worker.autoscale",
    "celery.loaders.app",
    "celery.app.builtins",
    "celery.signals",
    "billiard.popen_fork",
    "billiard.heap",
    "billiard.sharedctypes",
    "billiard.synchronize",
    "kombu.transport.redis",
    "kombu.asynchronous.hub",
    "flask",
    "waitress.server",
    "werkzeug.middleware.proxy_fix",
    "labapp.lab.boot.worker",
    "labapp.lab.boot.web",
)


def warm() -> None:
    """Import it all, and keep its pages shared with what is forked later."""
    # Imports leave next to no garbage; collecting among them costs a tenth of the start.
    gc.disable()
    for name in WARM:
        importlib.import_module(name)
    # Frozen objects are never touched by the collector, so their pages stay shared.
    gc.freeze()
    gc.enable()
