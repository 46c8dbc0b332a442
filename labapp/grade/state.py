"""How far a learner is with each exercise: checks, hints, passes."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

#: Checks of so many different changed answers, and the story may be told.
HONEST_TRIES = 3


@dataclass
class Entry:
    """One exercise: how many checks, of which different changed answers, hints seen, passes."""

    checks: int = 0
    tried: list[str] = field(default_factory=list)
    hints: int = 0
    passes: int = 0

    @property
    def may_explain(self) -> bool:
        return self.passes > 0 or len(self.tried) >= HONEST_TRIES

    @property
    def word(self) -> str:
        """Where it stands, in a word or two."""
        return "passed" if self.passes else "tried" if self.checks else "not begun"


class Book:
    """The learner's entries, in one file; a file that cannot be kept is no reason to fail."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or default_path()

    def entry(self, exercise: str) -> Entry:
        return Entry(**self._read().get(exercise, {}))

    def note_check(self, exercise: str, *, passed: bool, changed: str) -> Entry:
        """One more check; `changed` tells a changed answer from others, empty for an untouched."""
        entry = self.entry(exercise)
        entry.checks += 1
        entry.passes += passed
        if changed and changed not in entry.tried:
            entry.tried = [*entry.tried, changed][-HONEST_TRIES:]
        return self._keep(exercise, entry)

    def note_hint(self, exercise: str, step: int) -> Entry:
        entry = self.entry(exercise)
        entry.hints = max(entry.hints, step)
        return self._keep(exercise, entry)

    def _keep(self, exercise: str, entry: Entry) -> Entry:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._read() | {exercise: asdict(entry)}))
        return entry

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            return dict(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}


def default_path() -> Path:
    """In the user's data folder; LABAPP_RECORD names another one."""
    import platformdirs

    named = os.environ.get("LABAPP_RECORD")
    folder = Path(named) if named else Path(platformdirs.user_data_dir("labapp"))
    return folder / "exercises.json"
