"""An answer: the files under answers/<id>/ that the learner mends.

They are laid once. What the learner changed is never written over; what they did not change is
brought up to date with the kit.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from labapp.grade.errors import AnswerError
from labapp.grade.manifest import Manifest

HOME = "answers"
#: Remembers each file as it was laid, so that an untouched one can be told from a mended one.
LAID = ".laid.json"
MOST_FILES = 100
MOST_BYTES = 2 << 20


def answer_folder(manifest: Manifest, beside: Path) -> Path:
    """Where the answer stands, beside the notebook."""
    return beside / HOME / manifest.id


def lay(manifest: Manifest, folder: Path) -> list[str]:
    """Write what is missing or untouched and old; the names that were written come back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _laid(folder)
        written = []
        for name in manifest.files:
            new = (manifest.broken / name).read_bytes()
            mine = folder / name
            now = mine.read_bytes() if mine.is_file() else None
            if now == new or (now is not None and _hash(now) != before.get(name)):
                continue
            mine.parent.mkdir(parents=True, exist_ok=True)
            mine.write_bytes(new)
            before[name] = _hash(new)
            written.append(name)
        if written:
            (folder / LAID).write_text(json.dumps(before, indent=1), encoding="utf-8")
        return written
    except OSError as error:
        raise AnswerError(
            f"{error.filename or folder} cannot be written ({error.strerror}). "
            "Free some space or mend its permissions, and try again."
        ) from None


def reset(manifest: Manifest, folder: Path) -> Path | None:
    """Put the broken files back; the learner's folder is kept beside it, and its path returned."""
    kept = _set_aside(folder) if folder.is_dir() and any(files_of(folder)) else None
    lay(manifest, folder)
    return kept


def _set_aside(folder: Path) -> Path:
    """Rename it to the first free name of its kind."""
    number = 1
    while (kept := folder.with_name(f"{folder.name}-mine-{number}")).exists():
        number += 1
    folder.rename(kept)
    (kept / LAID).unlink(missing_ok=True)
    return kept


def missing_files(manifest: Manifest, folder: Path) -> list[str]:
    return [name for name in manifest.files if not (folder / name).is_file()]


def is_changed(manifest: Manifest, folder: Path) -> bool:
    """Whether the files say something else than the broken ones."""
    return digest(folder) != digest(manifest.broken)


def digest(folder: Path) -> str:
    """What the files of a folder say, as one short text to compare."""
    total = sha256()
    for path in files_of(folder):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def files_of(folder: Path) -> Iterator[Path]:
    """The files of an answer, in order: hidden ones, caches and links are none of it."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if not hidden and path.is_file() and not path.is_symlink():
            yield path


def copy_answer(folder: Path, target: Path) -> None:
    """Copy an answer into an empty folder; AnswerError where it is not of an answer's size."""
    size = 0
    for number, path in enumerate(files_of(folder), start=1):
        size += path.stat().st_size
        if number > MOST_FILES or size > MOST_BYTES:
            raise AnswerError(
                f"{folder} holds more than an answer may: {MOST_FILES} files and "
                f"{MOST_BYTES >> 20} MB. Move away what is not part of it."
            )
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _laid(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / LAID).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
