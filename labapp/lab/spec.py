"""What can be said of a lab's options before anything is started."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from labapp.lab.errors import ModuleError, OptionError

_SPEC = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
#: File names that hide a library from everything that runs in their folder.
HIDING = ("celery", "redis", "flask", "kombu", "billiard", "http", "json", "logging", "queue")
#: Libraries that are folders: where `import` finds a single file instead, that file hides them.
PACKAGES = ("celery", "redis", "flask", "kombu", "billiard", "httpx", "waitress")


def check_spec(spec: str, what: str) -> str:
    """The spec itself if it can be one; ModuleError says what it should look like."""
    if not _SPEC.match(spec):
        raise ModuleError(
            f"{what}={spec!r} is not of the form 'module:attribute', as in 'app:celery': the "
            "module's name without .py, a colon, and the name of the object in it."
        )
    return spec


def check_number(value: int, what: str, least: int, most: int) -> int:
    """The number itself; OptionError where it is none or out of bounds."""
    if not isinstance(value, int) or not least <= value <= most:
        raise OptionError(f"{what}={value!r} is not a whole number from {least} to {most}.")
    return value


def check_queues(queues: Iterable[str] | str | None) -> list[str]:
    """The queues as a list; one text is taken as Celery's -Q takes it, names between commas."""
    if isinstance(queues, str):
        queues = queues.split(",")
    names = [name.strip() if isinstance(name, str) else name for name in queues or []]
    for name in names:
        if not isinstance(name, str) or not name or "," in name:
            raise OptionError(f"{name!r} cannot be a queue. Write queues=['media', 'mail'].")
    return names


def check_environ(env: Mapping[str, str] | None) -> dict[str, str]:
    """The variables themselves; OptionError for what no process can be given."""
    for name, value in (env or {}).items():
        if not isinstance(name, str) or not isinstance(value, str) or "\0" in name + value:
            raise OptionError(f"env={{{name!r}: ...}}: names and values are texts without NUL.")
        if not name or "=" in name:
            raise OptionError(f"env={{{name!r}: ...}}: no variable can have this name.")
    return dict(env or {})


def refuse_hiding_files(folder: Path) -> None:
    """Refuse a file with a library's name, here or on the path: every import would find it."""
    beside = {name: folder / f"{name}.py" for name in HIDING}
    found = {name: path for name, path in beside.items() if path.exists()}
    for name in PACKAGES:
        with contextlib.suppress(ImportError, ValueError):
            library = importlib.util.find_spec(name)
            if library and library.origin and not library.submodule_search_locations:
                found.setdefault(name, Path(library.origin))
    for name, path in found.items():
        raise ModuleError(
            f"{path.name} in {path.parent} hides the library {name!r}: `import {name}` finds that "
            f"file instead. Rename it (my_{name}.py, say) and start again."
        )
