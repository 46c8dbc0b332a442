"""What can be said of a learner's `module:attribute` before anything is started."""

from __future__ import annotations

import re
from pathlib import Path

from labapp.lab.errors import ModuleError

_SPEC = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
#: File names that hide a library from everything that runs in their folder.
HIDING = ("celery", "redis", "flask", "kombu", "billiard", "http", "json", "logging", "queue")


def check_spec(spec: str, what: str) -> str:
    """The spec itself if it can be one; ModuleError says what it should look like."""
    if not _SPEC.match(spec):
        raise ModuleError(
            f"{what}={spec!r} is not of the form 'module:attribute', as in 'app:celery': the "
            "module's name without .py, a colon, and the name of the object in it."
        )
    return spec


def refuse_hiding_files(folder: Path) -> None:
    """Refuse a folder where a file has a library's name: every import there would find the file."""
    for name in HIDING:
        if (folder / f"{name}.py").exists():
            raise ModuleError(
                f"{name}.py in {folder} hides the library {name!r}: `import {name}` finds your "
                f"file instead. Rename it (my_{name}.py, say) and start again."
            )
