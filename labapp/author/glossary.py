"""The glossary as a notebook, made of the terms' file: what the links of lessons lead to.

The room of lessons reads the same file, and its tests hold it to its form.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from labapp.author.pages import write_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

PLACE = Path("notebooks/glossary.ipynb")
TERMS = Path("labapp/lesson/content/glossary.toml")
OPENING = """# Glossary

The words of the kit, by alphabet, each with the lesson that shows the thing. In a cell,
`glossary("broker")` says the same."""


def make_glossary(root: Path) -> bool:
    """Write the notebook where it differs from the terms; whether it did."""
    if not (root / TERMS).is_file():
        return False
    return write_notebook(root / PLACE, cells_of(root))


def cells_of(root: Path) -> list[NotebookNode]:
    """A heading for each term, so that `glossary.ipynb#Prefetch` is a link to one."""
    from nbformat.v4 import new_markdown_cell

    terms = tomllib.loads((root / TERMS).read_text("utf-8"))["term"]
    numbered = (root / PLACE.parent).glob("[0-9][0-9]_*.ipynb")
    lessons = {path.name[:2]: path.name for path in numbered}
    title = new_markdown_cell(OPENING, id="title")
    entries = [
        new_markdown_cell(_entry(term, lessons), id=term["term"].replace(" ", "-"))
        for term in terms
    ]
    return [title, *entries]


def _entry(term: dict[str, str], lessons: dict[str, str]) -> str:
    shown = lessons.get(term["lesson"])
    link = f" Shown in [{shown[3:-6].replace('_', ' ')}]({shown})." if shown else ""
    return f"## {term['term'].capitalize()}\n\n{term['says']}{link}"
