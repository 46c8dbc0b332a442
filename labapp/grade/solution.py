"""The mend that a solution notebook holds: the files that tagged cells write, or what they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labapp.grade.errors import AnswerError
from labapp.grade.manifest import Manifest

TAG = "solution"
WRITE = "%%writefile "


def solution_path(manifest: Manifest, root: Path) -> Path:
    return root / "solutions" / f"{manifest.id}.ipynb"


def solution_cells(manifest: Manifest, root: Path) -> list[str]:
    """The sources of the code cells tagged `solution`, in order."""
    path = solution_path(manifest, root)
    try:
        cells: list[Any] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise AnswerError(f"{manifest.id} has no solution: {path.name} is missing.") from None
    except (ValueError, KeyError):
        raise AnswerError(f"{path} is not a notebook. `labapp build` writes it anew.") from None
    found = [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and TAG in cell["metadata"].get("tags", [])
    ]
    if not found:
        raise AnswerError(f"{path.name} has no code cell with the tag {TAG!r}.")
    return found


def write_solution(manifest: Manifest, root: Path, folder: Path) -> None:
    """Write the mended files into a folder that holds the broken ones."""
    mine = f"answers/{manifest.id}/"
    for source in solution_cells(manifest, root):
        head, _, body = source.partition("\n")
        name = head.removeprefix(WRITE).strip()
        if head.startswith(WRITE) and name.startswith(mine):
            path = folder / name.removeprefix(mine)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body + ("" if body.endswith("\n") else "\n"), encoding="utf-8")


def act_as_solved(manifest: Manifest, root: Path, lab: Any) -> None:
    """Do to a running lab what an operational exercise's solution does."""
    namespace = {"lab": lab, "__name__": "solution"}
    for source in solution_cells(manifest, root):
        exec(compile(source, f"{manifest.id}.ipynb", "exec"), namespace)  # noqa: S102
