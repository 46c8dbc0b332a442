"""`labapp eject DIR`: the app of notebook 03 as a project of its own, with nothing of the kit."""

from __future__ import annotations

import shlex
from pathlib import Path

TEMPLATE = Path(__file__).with_name("ejected")
NEXT = """\
Written to {folder}: {names}.
It runs without labapp. In a terminal:
  cd {folder}
and then as its README.md says."""


class EjectError(RuntimeError):
    """The project could not be written; the text says why, and the way out."""


def run_eject(folder: Path) -> int:
    """Write the project and say what comes next; a folder that holds anything else is refused."""
    names = write_project(folder)
    print(NEXT.format(folder=shlex.quote(str(folder)), names=", ".join(names)))
    return 0


def write_project(folder: Path) -> list[str]:
    """Write the template's files into a new or an empty folder; the names written.

    Where they stand already as the template has them, nothing is to be done: what was added
    beside them stays. Raises EjectError for a folder that holds anything else, and for one that
    cannot be written.
    """
    files = {path.name: path.read_bytes() for path in sorted(TEMPLATE.iterdir()) if path.is_file()}
    try:
        # `new/..` is this folder, and not an empty one, before `new` is made.
        folder = folder.resolve()
        found = {path.name for path in folder.iterdir()} if folder.exists() else set()
        changed = [name for name, content in files.items() if not _stands(folder / name, content)]
        if found and changed:
            raise EjectError(
                f"{folder} is not empty ({', '.join(sorted(found)[:3])}), and nothing of yours is "
                "overwritten. Name a new folder."
            )
        folder.mkdir(parents=True, exist_ok=True)
        for name in changed:
            (folder / name).write_bytes(files[name])
    except OSError as error:
        raise EjectError(
            f"{folder} cannot be written ({error.strerror}). Name a folder that you may write."
        ) from error
    return list(files)


def _stands(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
