"""How many cells of each notebook are checked: a committed count, which may only grow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from labapp.author.refuse import is_checked

COUNTS = Path("tests/notebooks/checked.json")


def checked_cells(paths: Iterable[Path], root: Path) -> dict[str, int]:
    """The number of cells that a lane compares, by the notebook's path below the checkout."""
    import nbformat

    counts = {}
    for path in paths:
        cells = nbformat.read(path, as_version=4).cells
        strict = path.relative_to(root).parts[0] == "solutions"
        counts[path.relative_to(root).as_posix()] = sum(
            (strict and cell.cell_type == "code" and bool(cell.outputs)) or is_checked(cell)
            for cell in cells
        )
    return counts


def committed_counts(root: Path) -> dict[str, int]:
    """What was committed; empty where nothing was."""
    try:
        counts: dict[str, int] = json.loads((root / COUNTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return counts


def too_few(now: dict[str, int], committed: dict[str, int]) -> list[str]:
    """One sentence for each notebook that checks less than it did; a renamed one is told too."""
    return [
        f"{name} has {now.get(name, 0)} checked cells, and had {before}. If fewer is right, lower "
        f"its number in {COUNTS} and say why."
        for name, before in committed.items()
        if now.get(name, 0) < before
    ]


def raise_counts(root: Path, now: dict[str, int]) -> None:
    """Write the counts where they grew; what shrank stays, so that the lane refuses it."""
    if not (root / COUNTS).parent.is_dir():
        return
    committed = committed_counts(root)
    raised = {name: max(count, committed.get(name, 0)) for name, count in now.items()}
    kept = {name: count for name, count in committed.items() if name not in raised}
    (root / COUNTS).write_text(json.dumps(raised | kept, indent=1, sort_keys=True) + "\n")
