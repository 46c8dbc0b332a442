"""What a committed notebook must not hold: the guard that build and the notebook lane share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class BuildError(RuntimeError):
    """A notebook cannot be built, or its result must not be committed; the text says why."""


def faults(notebook: NotebookNode) -> list[str]:
    """One sentence for each reason to refuse the notebook; empty when it is fit to commit."""
    found = [] if "widgets" not in notebook.metadata else ["its metadata holds widget state"]
    for number, cell in enumerate(notebook.cells, start=1):
        found += [f"cell {number} {fault}" for fault in _cell_faults(cell)]
    return found


def _cell_faults(cell: Any) -> Iterator[str]:
    if cell.cell_type != "code" or not cell.source.strip():
        return
    if cell.execution_count is None:
        yield "was never run"
    expects_error = "raises-exception" in cell.metadata.get("tags", [])
    for output in cell.outputs:
        if WIDGET_VIEW in output.get("data", {}):
            yield "holds a widget view: end what it shows before the notebook ends"
        if output.output_type == "error" and not expects_error:
            yield f"holds an error ({output.ename}) that no raises-exception tag expects"
