"""The learner's copies: made when missing, refreshed where untouched, never overwritten.

A manifest in the learner's folder remembers each file as it was laid there. Running a notebook
does not count as a change, editing one does: notebooks are compared by the sources of their cells.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from labapp.desk.place import DeskError

TREES = ("notebooks", "exercises", "solutions")
MANIFEST = ".labapp-copies.json"
#: Folders that the learner's work or Jupyter makes, inside a tree as anywhere else.
LEFT_OUT = {"__pycache__", "answers"}


@dataclass(frozen=True)
class Laid:
    """One file as it was laid: its bytes, and what it says to a reader."""

    content: str
    sources: str

    @classmethod
    def of(cls, path: Path) -> Laid:
        data = path.read_bytes()
        return cls(content=sha256(data).hexdigest(), sources=_sources(path, data))


@dataclass
class Report:
    """What one round did, by path relative to the learner's folder."""

    made: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """What a learner wants to know; nothing when nothing happened."""
        said = []
        if self.made:
            said.append(f"{_files(self.made)} copied into your folder.")
        if self.refreshed:
            said.append(f"{_files(self.refreshed)} that you had not changed brought up to date.")
        if self.removed:
            said.append(f"{_files(self.removed)} removed: gone from the kit, untouched by you.")
        said += [
            f"{name} has a newer version; you changed yours, so yours was kept. To take the new "
            f"one and keep yours beside it: labapp reset {name}"
            for name in self.kept
        ]
        return said


def lay_copies(checkout: Path, my: Path) -> Report:
    """Bring the learner's folder up to date with the checkout, and say what was done.

    Raises DeskError where the folder cannot be written.
    """
    report = Report()
    try:
        my.mkdir(parents=True, exist_ok=True)
        manifest = _read_manifest(my)
        for name, source in _files_of(checkout):
            manifest[name] = _lay(name, source, my / name, manifest.get(name), report)
        for name in [name for name in manifest if not (checkout / name).is_file()]:
            _take_away(my / name, manifest.pop(name), name, report)
        _write(my / MANIFEST, _manifest_text(manifest))
    except OSError as error:
        raise DeskError(
            f"Your folder {my} cannot be written ({error.strerror}: {error.filename}). Free some "
            f"space or mend its permissions, or name another folder in LABAPP_MY."
        ) from error
    return report


def _lay(name: str, source: Path, mine: Path, before: Laid | None, report: Report) -> Laid | None:
    """Lay one file; return what the manifest shall remember of it."""
    new = Laid.of(source)
    if not mine.exists():
        _write(mine, source.read_bytes())
        report.made.append(name)
        return new
    now = Laid.of(mine)
    if now.content == new.content:
        return new
    untouched = before is not None and now.content == before.content
    only_run = before is not None and now.sources == before.sources
    if untouched or (only_run and new.sources != now.sources):
        _write(mine, source.read_bytes())
        report.refreshed.append(name)
        return new
    # What stays is the learner's. It is told as long as the kit says something else than it did
    # when the file was laid; a file that was there before the kit has nothing to compare with.
    if new.sources != now.sources and (before is None or new.sources != before.sources):
        report.kept.append(name)
    return before


def _take_away(mine: Path, before: Laid | None, name: str, report: Report) -> None:
    """Remove a copy whose original is gone, if it is still exactly what was laid."""
    if before is not None and mine.is_file() and Laid.of(mine).content == before.content:
        mine.unlink()
        report.removed.append(name)


def _files_of(checkout: Path) -> Iterator[tuple[str, Path]]:
    for tree in TREES:
        for path in sorted((checkout / tree).rglob("*")):
            parts = path.relative_to(checkout).parts
            hidden = any(part.startswith(".") or part in LEFT_OUT for part in parts)
            if path.is_file() and not hidden:
                yield "/".join(parts), path


def _sources(path: Path, data: bytes) -> str:
    """A hash of what a person wrote: a notebook's cells without outputs, another file's bytes."""
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(data)["cells"]
            told = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
            return sha256(json.dumps(told).encode()).hexdigest()
        except (ValueError, KeyError, TypeError):
            pass  # half-written or edited by hand: then its bytes are what it says
    return sha256(data).hexdigest()


def _read_manifest(my: Path) -> dict[str, Laid | None]:
    """What was laid; a damaged manifest counts as none, and then nothing is overwritten."""
    try:
        entries = json.loads((my / MANIFEST).read_text(encoding="utf-8"))
        return {name: Laid(**entry) if entry else None for name, entry in entries.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def _manifest_text(manifest: dict[str, Laid | None]) -> bytes:
    entries = {name: laid and vars(laid) for name, laid in sorted(manifest.items())}
    return json.dumps(entries, indent=1).encode()


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all: an interrupted round leaves no half notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".labapp-{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _files(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} files"
