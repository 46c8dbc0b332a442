"""Runs Redis, workers, the web app and Flower in the background, and leaves nothing behind.

`Stack` is the headless lab; `labapp.show.Lab` is the same with displays. The names are imported
when first used, since `labapp.lab.boot` lives inside service processes that need none of them.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Stack": "labapp.lab.stack",
    "Mailbox": "labapp.lab.mailbox",
    "Part": "labapp.lab.part",
    "FAULTS": "labapp.lab.faults",
    "Fault": "labapp.lab.faults",
    "Health": "labapp.lab.health",
    "Logs": "labapp.lab.logs",
    "Environ": "labapp.lab.secret",
    "LabError": "labapp.lab.errors",
    "RedisError": "labapp.lab.errors",
    "StartError": "labapp.lab.errors",
    "StopError": "labapp.lab.errors",
    "FolderError": "labapp.lab.errors",
    "OptionError": "labapp.lab.errors",
    "ModuleError": "labapp.lab.errors",
    "StateError": "labapp.lab.errors",
    "RequestError": "labapp.lab.errors",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
