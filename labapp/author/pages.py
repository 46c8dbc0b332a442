"""Notebooks that are pages alone: made of data files, with nothing in them to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labapp.author.trim import KERNEL

if TYPE_CHECKING:
    from nbformat import NotebookNode


def write_notebook(path: Path, cells: list[NotebookNode]) -> bool:
    """Write a notebook of these cells where it says something else by now; whether it did."""
    import nbformat
    from nbformat.v4 import new_notebook

    if path.is_file():
        old = nbformat.read(path, as_version=4)
        if [cell.source for cell in old.cells] == [cell.source for cell in cells]:
            return False
    metadata = {"kernelspec": dict(KERNEL), "language_info": {"name": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    made = new_notebook(cells=cells, metadata=metadata)
    path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")
    return True
