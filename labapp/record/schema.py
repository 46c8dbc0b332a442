"""The schema of the record: a list of steps, one a version; a file tells how many it has taken."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from labapp.record.place import ELSEWHERE, RecordError

#: Marks the file as ours: "LABR". Another program's SQLite file has another number, or none.
APPLICATION = 0x4C414252
#: Step N makes version N of version N - 1. Steps are added, and never changed.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE outcome (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            outcome TEXT NOT NULL,
            detail TEXT NOT NULL
        )""",
        "CREATE INDEX outcome_by_subject ON outcome (kind, subject)",
    ),
)


def is_current(database: sqlite3.Connection, path: Path) -> bool:
    """Whether the file has this kit's schema; False where it is new or older.

    Raises RecordError for a file of a newer kit or of another program: neither is touched.
    """
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != APPLICATION:
        raise RecordError(f"{path} is an SQLite file of another program. {ELSEWHERE}")
    if version > len(STEPS):
        raise RecordError(
            f"Your record {path} was written by a newer version of the kit (schema {version}, and "
            f"this one knows {len(STEPS)}). Update the kit; until then nothing is recorded."
        )
    return bool(tables) and version == len(STEPS)


def bring_up(database: sqlite3.Connection) -> None:
    """Take the steps that are missing, all of them or none. The caller is alone with the file."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("BEGIN IMMEDIATE")
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        for step in STEPS[version:]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {len(STEPS)}")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
