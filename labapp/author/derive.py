"""Exercises are derived: a solution's notebook without the cells that are tagged `solution`.

What stands before the first of them keeps its outputs, since nothing of the mend is in them; what
comes later is cleared, since the learner's own run has to fill it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from labapp.grade.solution import TAG

if TYPE_CHECKING:
    from nbformat import NotebookNode

SOURCE, DERIVED = "solutions", "exercises"
#: What the build notes of the run that it made; the exercise was not run as it stands.
RUN_NOTES = ("built", "ran")


def derive(solution: NotebookNode) -> NotebookNode:
    """The exercise of a solution, as a new notebook."""
    notebook = copy.deepcopy(solution)
    cells, mended = [], False
    for cell in notebook.cells:
        if TAG in cell.metadata.get("tags", []):
            mended = True
            continue
        if mended and cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
    notebook.cells = cells
    kept = notebook.metadata.get("labapp", {})
    told = {name: value for name, value in kept.items() if name not in RUN_NOTES}
    notebook.metadata.pop("labapp", None)
    if told:
        notebook.metadata["labapp"] = told
    return notebook


def derived_texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Where each exercise goes, and what it must hold."""
    import nbformat

    for path in sorted((root / SOURCE).glob("[0-9]*.ipynb")):
        text = nbformat.writes(derive(nbformat.read(path, as_version=4)))
        yield root / DERIVED / path.name, text + "\n"


def write_exercises(root: Path) -> list[Path]:
    """Write what changed and remove what has no solution any more; the paths that were touched."""
    touched = []
    wanted = dict(derived_texts(root))
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            touched.append(path)
    for path in (root / DERIVED).glob("[0-9]*.ipynb"):
        if path not in wanted:
            path.unlink()
            touched.append(path)
    return touched
