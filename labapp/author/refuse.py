"""What a committed notebook must not hold: the guard that build and the notebook lanes share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labapp.author.form import form_faults
from labapp.author.sanitise import first_checked, texts

if TYPE_CHECKING:
    from nbformat import NotebookNode

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CHECK = "nbval-check-output"


class BuildError(RuntimeError):
    """A notebook cannot be built, or its result must not be committed; the text says why."""


def faults(notebook: NotebookNode) -> list[str]:
    """One sentence for each reason to refuse the notebook; empty when it is fit to commit."""
    found = [] if "widgets" not in notebook.metadata else ["its metadata holds widget state"]
    found += form_faults(notebook)
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        found += [f"cell {number} {fault}" for fault in _cell_faults(cell)]
        found += [f"cell {number} {fault}" for fault in _claim_faults(cell, seen)]
    return found


def is_checked(cell: Any) -> bool:
    """Whether a lane compares what this cell gives."""
    return cell.cell_type == "code" and CHECK in cell.metadata.get("tags", [])


def claim_of(cell: Any) -> dict[str, str] | None:
    """The claim that a cell's output shows: its id, and what it says in a sentence."""
    claim: dict[str, str] | None = cell.metadata.get("labapp", {}).get("claim")
    return claim


def _cell_faults(cell: Any) -> Iterator[str]:
    if cell.cell_type != "code" or not cell.source.strip():
        return
    if cell.execution_count is None:
        yield "was never run"
    expects_error = "raises-exception" in cell.metadata.get("tags", [])
    for output in cell.outputs:
        if WIDGET_VIEW in output.get("data", {}):
            yield "holds a widget view: end what it shows before the notebook ends"
        if any(kind.startswith("image/") for kind in output.get("data", {})):
            yield "holds a picture without words: show it with figure(drawing, alt=...)"
        if output.output_type == "error" and not expects_error:
            yield f"holds an error ({output.ename}) that no raises-exception tag expects"
    if expects_error and cell.execution_count and not _has_error(cell):
        yield "expects an error (raises-exception) and holds none"


def _claim_faults(cell: Any, seen: set[str]) -> Iterator[str]:
    claim = claim_of(cell)
    if claim is None:
        if is_checked(cell):
            yield f"is checked ({CHECK}) and names no claim in its metadata (labapp.claim)"
        return
    if not is_checked(cell):
        yield f"carries a claim that nothing checks: tag it {CHECK}"
    key, says = str(claim.get("id") or ""), str(claim.get("says") or "")
    if not key or not says.strip().endswith("."):
        yield "has a claim without an id, or without a sentence in `says`"
    if key in seen:
        yield f"has the claim {key!r} once more"
    seen.add(key)
    if cell.get("execution_count") and not any(
        first_checked(text) is not None for text in texts(cell.outputs)
    ):
        yield "is checked and gives nothing to compare: its text is empty once sanitised"


def _has_error(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)
