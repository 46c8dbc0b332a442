"""Where the record is, and one lock on that place for all kernels and commands of the learner."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_data_path

NAME = "record.sqlite3"
ELSEWHERE = "Name another file with LABAPP_RECORD=/some/folder/record.sqlite3."


class RecordError(RuntimeError):
    """The record cannot be read or written; the text says why, and the way out."""


def record_path() -> Path:
    """The learner's record: the file that LABAPP_RECORD names, else one in their data folder."""
    given = os.environ.get("LABAPP_RECORD")
    if given:
        return Path(given).expanduser().absolute()
    return user_data_path("labapp", appauthor=False) / NAME


class RecordWarning(UserWarning):
    """The record was damaged and has been set aside; the text says where it is."""


@contextmanager
def held(path: Path, *, alone: bool = False) -> Iterator[None]:
    """Share the record with its other users, or be alone with it, which waits for them to end.

    Alone is who creates, converts or sets aside the file: nobody has it open then.
    Raises RecordError where the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RecordError(
            f"Your record cannot be kept in {path.parent}: {error.strerror or error}. {ELSEWHERE}"
        ) from None
    try:
        # Some network folders have no locks: the file's own, which SQLite takes, has to do there.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def set_aside(path: Path) -> Path:
    """Move the file, and what SQLite keeps beside it, to the first name that is free."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-damaged-{number}{path.suffix}")).exists():
        number += 1
    # The file itself last: a new one never meets the journal of the old one.
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))
    return kept
