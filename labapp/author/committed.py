"""The notebooks of a checkout, in reading order; what an editor hides there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

#: Those that are a source; exercises are derived.
SOURCES = ("notebooks", "solutions")


def notebooks_of(root: Path, trees: Iterable[str] = SOURCES) -> Iterator[Path]:
    """The notebooks in these folders of a checkout, by default those that are a source."""
    for tree in trees:
        for path in sorted((root / tree).rglob("*.ipynb")):
            if not any(part.startswith(".") for part in path.relative_to(root).parts):
                yield path
