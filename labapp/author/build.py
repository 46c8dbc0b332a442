"""`labapp build`: runs the notebooks whose source changed, and stores what they gave.

Each runs in a temporary copy of its folder, so nothing it writes lands in the checkout. The hash of
what was run is kept in the notebook, so a second build finds nothing to do.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from labapp.author.bank import make_bank
from labapp.author.claims import checked_cells, claims_in, raise_counts, write_page
from labapp.author.committed import notebooks_of
from labapp.author.derive import SOURCE, write_exercises
from labapp.author.glossary import make_glossary
from labapp.author.keep import keep_unchanged, what_ran
from labapp.author.refuse import BuildError, faults
from labapp.author.trim import trim
from labapp.grade.answer import digest
from labapp.grade.manifest import CATALOGUE, CHECKS

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: Seconds a cell may take; a lesson's cell that needs longer is a defect of the lesson.
CELL_TIMEOUT = 120


def run_build(*, everything: bool = False, checkout: Path | None = None) -> int:
    """Build what changed (or everything) and say what was done; 1 when a notebook was refused."""
    root = checkout or Path.cwd()
    built, refused = 0, 0
    make_glossary(root)
    # Metadata and headings, which no run changes: read once.
    claims = claims_in(notebooks_of(root), root)
    make_bank(root, claims)
    for path in notebooks_of(root):
        name = path.relative_to(root)
        try:
            if build_notebook(path, always=everything):
                built += 1
                print(f"- built {name}", flush=True)
        except BuildError as error:
            refused += 1
            print(f"- refused {name}: {error}", file=sys.stderr, flush=True)
    for path in write_exercises(root):
        print(f"- derived {path.relative_to(root)}", flush=True)
    raise_counts(root, checked_cells(notebooks_of(root), root))
    write_page(root, claims)
    print(f"{built} built, {refused} refused; the others are up to date.")
    return 1 if refused else 0


def build_notebook(path: Path, *, always: bool = False) -> bool:
    """Run one notebook and write it back with its outputs; False if it was up to date.

    Raises BuildError, and leaves the file alone, where the result must not be committed.
    """
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    source = source_hash(notebook, shown_by(path))
    if not always and notebook.metadata.get("labapp", {}).get("built") == source:
        return False
    stored = copy.deepcopy(notebook)
    execute(notebook, path)
    trim(notebook)
    keep_unchanged(notebook, stored)
    found = faults(notebook)
    if found:
        raise BuildError("; ".join(found))
    told = notebook.metadata.get("labapp", {})
    notebook.metadata["labapp"] = {**told, "built": source, "ran": what_ran(notebook)}
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return True


def execute(notebook: NotebookNode, path: Path) -> None:
    """Run every cell in place, with this environment's kernel, in a copy of the folder."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    with tempfile.TemporaryDirectory(prefix="labapp-build-") as scratch:
        folder = Path(scratch) / path.parent.name
        shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns(".*", "answers"))
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        # The learner's record is not the build's, and nobody is there to answer a quiz.
        record = str(Path(scratch) / "record.sqlite3")
        environ = os.environ | {"LABAPP_RECORD": record, "LABAPP_BUILD": "1"}
        try:
            client.execute(env=environ)
        except CellExecutionError as error:
            raise BuildError(f"a cell failed: {error.ename}: {error.evalue}") from error
        except CellTimeoutError as error:
            raise BuildError(f"a cell took more than {CELL_TIMEOUT} s") from error
        except DeadKernelError as error:
            raise BuildError("its kernel died") from error


def source_hash(notebook: NotebookNode, shown: str = "") -> str:
    """What was run: kind, source and tags of each cell, in order, and what the cells show."""
    total = sha256(shown.encode())
    for cell in notebook.cells:
        parts = [cell.cell_type, cell.source, *cell.metadata.get("tags", [])]
        total.update("\0".join(parts).encode() + b"\0\0")
    return total.hexdigest()[:16]


def shown_by(path: Path) -> str:
    """What a notebook shows beside its own text: an exercise's story, files and check."""
    folder = CATALOGUE / path.stem
    if not folder.is_dir() or path.parent.name != SOURCE:
        return ""
    check = CHECKS / f"{path.stem.partition('_')[2]}.py"
    parts = [sha256(part.read_bytes()).hexdigest()[:16] for part in _modules_of(check)]
    return digest(folder) + "".join(parts)


def _modules_of(check: Path) -> list[Path]:
    """A check, and the modules beside it that it is made of."""
    source = check.read_text(encoding="utf-8")
    beside = re.findall(r"^from labapp\.grade\.checks\.(\w+) import", source, re.MULTILINE)
    return [check, *(CHECKS / f"{name}.py" for name in beside)]
