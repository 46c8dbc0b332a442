"""The Celery app and its tasks, one module a domain.

`celery -A labapp.tasks worker` finds the app as the attribute `celery`. It is made when first
asked for, so importing this package starts nothing and reads no environment.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import Celery

    celery: Celery

__all__ = ["celery"]

_lock = threading.Lock()


def __getattr__(name: str) -> Any:
    if name != "celery":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from labapp.tasks.app import create_app

    with _lock:
        if "celery" not in globals():
            globals()["celery"] = create_app().extensions["celery"]
    return globals()["celery"]
