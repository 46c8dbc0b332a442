"""Reading and writing the record, from any thread of any number of kernels and commands.

Each call opens the file and closes it again: no connection is shared, kept over a fork or left
open in a kernel that is killed.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from labapp.record import schema
from labapp.record.outcome import Outcome, Tally, checked_kind, checked_word, encoded
from labapp.record.place import ELSEWHERE, RecordError, RecordWarning, held, record_path, set_aside

T = TypeVar("T")
#: Seconds to wait for others who write; a write takes milliseconds.
PATIENCE = 10.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_ALL = """SELECT number, at, kind, subject, outcome, detail FROM outcome
    WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR subject = ?2) ORDER BY number"""
_LATEST = _ALL + " DESC LIMIT 1"
_COUNTS = """SELECT outcome, count(*) FROM outcome
    WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR subject = ?2)
    GROUP BY outcome ORDER BY outcome"""


class Record:
    """The learner's outcomes, oldest first: add one, read them back, count them.

    ``path`` is for tests; without it the place is asked for anew in each call. A file that is
    damaged is set aside, with a warning that says where it is, and a new one begun. Every method
    raises RecordError where the record cannot be kept, and nothing is lost by that.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._given = path

    @property
    def path(self) -> Path:
        """The file, which may not exist yet."""
        return self._given or record_path()

    def add(
        self, kind: str, subject: str, outcome: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Write one outcome: ``add("check", "05_arguments", "failed", {"missing": 2})``.

        Raises ValueError for a kind that is none of KINDS, and for a detail that is not plain,
        small data. Put nothing in it that others must not see.
        """
        row = (
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            checked_kind(kind),
            checked_word("subject", subject),
            checked_word("outcome", outcome),
            encoded(detail),
        )
        self._use(
            lambda database: database.execute(
                "INSERT INTO outcome (at, kind, subject, outcome, detail) VALUES (?, ?, ?, ?, ?)",
                row,
            )
        )

    def outcomes(self, kind: str | None = None, subject: str | None = None) -> list[Outcome]:
        """What is there, oldest first: all of it, or of one kind, of one subject, or of both."""
        return [_outcome(row) for row in self._rows(_ALL, kind, subject)]

    def latest(self, kind: str, subject: str | None = None) -> Outcome | None:
        """The last outcome of this kind, or of this subject; None where there is none."""
        rows = self._rows(_LATEST, kind, subject)
        return next(map(_outcome, rows), None)

    def counts(self, kind: str | None = None, subject: str | None = None) -> dict[str, int]:
        """How often each outcome was: ``{"failed": 3, "passed": 1}``."""
        return dict(self._rows(_COUNTS, kind, subject))

    def tallies(self, kind: str | None = None) -> list[Tally]:
        """One for each kind and subject, in the order in which they were first met."""
        found: dict[tuple[str, str], Tally] = {}
        for one in self.outcomes(kind):
            before = found.get((one.kind, one.subject))
            counts = dict(before.counts) if before else {}
            counts[one.outcome] = counts.get(one.outcome, 0) + 1
            found[one.kind, one.subject] = Tally(one.kind, one.subject, counts, one.outcome, one.at)
        return list(found.values())

    def _rows(self, query: str, kind: str | None, subject: str | None) -> list[Any]:
        values = (kind if kind is None else checked_kind(kind), subject)
        return self._use(lambda database: database.execute(query, values).fetchall())

    def _use(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Do one thing with the open file; begin, convert or replace the file first if need be."""
        path = self.path
        try:
            try:
                return _do(act, path)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                _replace(path)
                return _do(act, path)
        except sqlite3.Error as error:
            raise RecordError(f"Your record {path} cannot be used: {error}. {ELSEWHERE}") from error


def _do(act: Callable[[sqlite3.Connection], T], path: Path) -> T:
    for _ in range(2):
        with held(path), closing(_connect(path)) as database:
            if schema.is_current(database, path):
                return act(database)
        with held(path, alone=True), closing(_connect(path)) as database:
            if not schema.is_current(database, path):
                schema.bring_up(database)
    raise RecordError(f"Your record {path} does not keep its schema. {ELSEWHERE}")


def _replace(path: Path) -> None:
    """Set a damaged file aside, unless somebody else has done so in the meantime."""
    with held(path, alone=True):
        if not _file_is_damaged(path):
            return
        kept = set_aside(path)
    warnings.warn(
        f"Your record was damaged. It is kept as {kept}, and a new one begins now.",
        RecordWarning,
        stacklevel=5,
    )


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # The low byte is the kind of error, the rest says more about it.
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE


def _file_is_damaged(path: Path) -> bool:
    try:
        with closing(_connect(path)) as database:
            found = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return _is_damage(error)
    return bool(found != ("ok",))


def _outcome(row: Any) -> Outcome:
    number, at, kind, subject, outcome, detail = row
    moment = datetime.fromisoformat(at)
    return Outcome(number, moment, kind, subject, outcome, json.loads(detail))
