"""The data folder: the only place where tasks open files, whatever their arguments say."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from flask import current_app

__all__ = ["NotInDataFolderError", "inside", "open_inside", "text_files"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class NotInDataFolderError(ValueError):
    """A path that is not, or does not lead to, something inside the data folder."""


def data_folder() -> Path:
    """The app's data folder, with its own symbolic links followed."""
    return Path(current_app.config["DATA_FOLDER"]).resolve()


def inside(path: str) -> Path:
    """The real path of what `path` names inside the data folder.

    Raises `NotInDataFolderError` for an absolute path, for one that leads out by `..` or by a
    symbolic link, and for one that names nothing.
    """
    folder = data_folder()
    shown = repr(path[:100])
    if "\0" in path or Path(path).is_absolute():
        raise NotInDataFolderError(f"{shown} is refused: give a path relative to the data folder.")
    try:
        real = (folder / path).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        real = None
    # Outside and missing get one answer, so that nobody can ask which files exist elsewhere.
    if real is None or not real.is_relative_to(folder):
        raise NotInDataFolderError(f"{shown} is refused: the data folder holds no such path.")
    return real


def text_files(path: str) -> list[Path]:
    """The file that `path` names, or every .txt file under the folder that it names, sorted.

    Links that lead out of the data folder are left out.
    """
    real = inside(path)
    if not real.is_dir():
        return [real]
    folder = data_folder()
    # Not Path's own: those raise at a link to itself, or in a folder that may not be entered.
    found = (os.path.realpath(entry) for entry in real.rglob("*.txt"))
    files = {Path(entry) for entry in found if os.path.isfile(entry)}  # noqa: PTH113
    return sorted(file for file in files if file.is_relative_to(folder))


def open_inside(real: Path) -> BinaryIO:
    """Open a regular file that `inside` or `text_files` gave, for reading bytes.

    Raises `NotInDataFolderError` for anything else, also where it was put there meanwhile.
    """
    folder = data_folder()
    # Step by step: a link put in place of a folder, or of the file, is not followed. A pipe is
    # opened without waiting for somebody to write into it, and refused.
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for step in real.parent.relative_to(folder).parts:
            above, here = here, os.open(step, _FOLDER, dir_fd=here)
            os.close(above)
        found = os.open(real.name, _FILE, dir_fd=here)
    except OSError as error:
        reason = f"it cannot be opened ({error.strerror})"
        raise NotInDataFolderError(f"{real.name!r} is refused: {reason}.") from None
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise NotInDataFolderError(f"{real.name!r} is refused: it is not a regular file.")
    return os.fdopen(found, "rb")
