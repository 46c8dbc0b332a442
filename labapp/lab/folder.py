"""The folder of one lab: its record, its logs, its data; private, and gone with the lab."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from labapp.lab.boot.reaper import RECORD
from labapp.lab.errors import FolderError

SCHEMA = 1
#: A record is a few kilobytes; what is longer than this is none.
RECORD_LIMIT = 1 << 20
ADVICE = "Free some space or name another place with LABAPP_RUN=/some/folder."


def labs_home() -> Path:
    """Where the labs of this user keep their folders: LABAPP_RUN, else the temporary folder."""
    given = os.environ.get("LABAPP_RUN")
    home = Path(given) if given else Path(tempfile.gettempdir()) / f"labapp-{os.getuid()}"
    return home.absolute()


def current_folder() -> Path:
    """The current folder; FolderError where it has been removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise FolderError(
            "The current folder has been removed. Go to one that exists, with %cd or os.chdir()."
        ) from None


def existing_folder(folder: str | Path) -> Path:
    """A folder that was named, absolute; FolderError where there is none."""
    path = Path(folder).expanduser().absolute()
    if not path.is_dir():
        raise FolderError(f"folder={str(folder)!r} is not a folder. Name one that exists.")
    return path


def make_folder(home: Path | None = None) -> Path:
    """A new folder that only this user can enter; FolderError says why there is none.

    Writes a few kilobytes once, so that a full disk is told now and not by a silent server.
    """
    home = home or labs_home()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if home.stat().st_uid != os.getuid():
            raise FolderError(f"The folder {home} belongs to another user. {ADVICE}")
        home.chmod(0o700)
        folder = home / f"lab-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        probe = folder / "probe"
        probe.write_bytes(b"\0" * 65536)
        probe.unlink()
        return folder
    except OSError as error:
        raise FolderError(
            f"The lab cannot write to {home}: {error.strerror or error}. {ADVICE}"
        ) from None


def seed_data(data: Path) -> None:
    """Fill a lab's data folder with the sample texts that the app's tasks read."""
    samples = Path(__file__).parents[1] / "tasks" / "data"
    try:
        if samples.is_dir():
            shutil.copytree(samples, data, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        else:
            data.mkdir()
    except (OSError, shutil.Error) as error:
        raise FolderError(f"The lab cannot fill {data}: {error}. {ADVICE}") from None


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Put the record in place at once, so that a reader never sees half of it."""
    record = {"schema": SCHEMA, "uid": os.getuid(), "written": time.time(), **record}
    draft = folder / f".{RECORD}"
    try:
        draft.write_text(json.dumps(record, indent=1))
        draft.replace(folder / RECORD)
    except FileNotFoundError:
        return  # the lab has just ended, and its folder with it
    except OSError as error:
        raise FolderError(
            f"The lab cannot write to {folder}: {error.strerror or error}. {ADVICE}"
        ) from None


def read_record(folder: Path) -> dict[str, Any] | None:
    """The record of a lab's folder; None where there is none that can be read."""
    try:
        if not (folder / RECORD).is_file():  # opening a pipe would wait for its writer
            return None
        with open(folder / RECORD, "rb") as file:
            record = json.loads(file.read(RECORD_LIMIT))
        return {
            "schema": {SCHEMA: SCHEMA}[record["schema"]],
            "kernel": int(record.get("kernel", 0)),
            "started": float(record.get("started", 0)),
            "guardian": _pid_and_mark(*record.get("guardian", [None, None])),
            "parts": [
                [str(key), *_pid_and_mark(pid, mark)] for key, pid, mark in record.get("parts", [])
            ],
        }
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _pid_and_mark(pid: Any, mark: Any) -> list[Any]:
    """Who a process is; TypeError for what cannot be one: signalled to, 0 and -1 mean many."""
    if pid is not None and (type(pid) is not int or pid < 2 or not isinstance(mark, str)):
        raise TypeError
    return [pid, mark]
