"""What the notebooks claim: how many cells are checked, which may only grow, and a page of it all.

`docs/claims.md` is made of the notebooks' metadata by `labapp build`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from labapp.author.refuse import claim_of, is_checked

PAGE = Path("docs/claims.md")
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


class Claim(NamedTuple):
    """One sentence about the system, and the cell whose output shows it, with the heading above."""

    id: str
    says: str
    notebook: str
    section: str
    cell: str


def claims_in(paths: Iterable[Path], root: Path) -> list[Claim]:
    """Every claim of these notebooks, in reading order."""
    import nbformat

    found = []
    for path in paths:
        section = ""
        for cell in nbformat.read(path, as_version=4).cells:
            headings = [line for line in cell.source.splitlines() if line.startswith("#")]
            if cell.cell_type == "markdown" and headings:
                section = headings[-1].lstrip("#").strip()
            claim = claim_of(cell)
            if claim is not None:
                name = path.relative_to(root).as_posix()
                found.append(Claim(claim["id"], claim["says"], name, section, cell.id))
    return found


def claims_page(claims: Iterable[Claim]) -> str:
    """The page: a table for each notebook, with the claim, its sentence and its cell."""
    lines = [
        "# What the lessons claim",
        "",
        "Each sentence is shown by the output of one cell, which every test run compares. Made by",
        "`make build` of the notebooks' metadata; change it there.",
    ]
    notebook = ""
    for claim in claims:
        if claim.notebook != notebook:
            notebook = claim.notebook
            lines += ["", f"## [{Path(notebook).stem}](../{notebook})", ""]
            lines += ["| claim | what it says | shown under | cell |", "|---|---|---|---|"]
        says, section = (text.replace("|", "\\|") for text in (claim.says, claim.section))
        lines.append(f"| `{claim.id}` | {says} | {section} | `{claim.cell}` |")
    return "\n".join(lines) + "\n"


def write_page(root: Path, claims: Iterable[Claim]) -> None:
    """Bring the page up to date, in a checkout that has docs/."""
    if (root / PAGE).parent.is_dir():
        (root / PAGE).write_text(claims_page(claims), encoding="utf-8")
