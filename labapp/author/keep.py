"""A built notebook keeps an old output where the new one says the same: reviews show real changes.

Two true runs differ in ids, times and pictures. Where a cell's text is the same once sanitised, and
so are the words of its html, and the cell itself has not changed, its stored outputs stay.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from labapp.author.sanitise import sanitise, texts

if TYPE_CHECKING:
    from nbformat import NotebookNode

_PICTURE = re.compile(r'src="data:[^"]*"')
_WITH_A_FIGURE = re.compile(r"[\w.:,-]*\d[\w.:,-]*")


def keep_unchanged(new: NotebookNode, old: NotebookNode) -> None:
    """Put the old outputs back into `new`, in place, where they say the same as the new ones."""
    ran = old.metadata.get("labapp", {}).get("ran", {})
    before = {cell.get("id"): cell for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        stored = before.get(cell.get("id"))
        if cell.cell_type != "code" or stored is None or ran.get(cell.id) != cell_hash(cell):
            continue
        if _says(cell.outputs) == _says(stored.outputs):
            cell.outputs = stored.outputs


def what_ran(notebook: NotebookNode) -> dict[str, str]:
    """The hash of each code cell's source, by the cell's id: what its outputs belong to."""
    return {cell.id: cell_hash(cell) for cell in notebook.cells if cell.cell_type == "code"}


def cell_hash(cell: Any) -> str:
    return sha256(cell.source.encode()).hexdigest()[:8]


def _says(outputs: Any) -> list[tuple[str, ...]]:
    """Kind, kinds of content and sanitised text of each output; streams of one name as one."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last is not None and _same_stream(last, output):
            last["text"] += output.text
            continue
        joined.append(dict(output))
    return [
        (one["output_type"], one.get("name", ""), *sorted(one.get("data", {})), *_text(one))
        for one in joined
    ]


def _same_stream(one: dict[str, Any], other: Any) -> bool:
    kinds = {one["output_type"], other.output_type}
    return kinds == {"stream"} and one["name"] == other["name"]


def _text(output: dict[str, Any]) -> list[str]:
    html = output.get("data", {}).get("text/html")
    said = [sanitise(text) for text in texts([output])]
    return said if html is None else [*said, _words(html)]


def _words(html: str) -> str:
    """What html says and how it is built, its pictures and figures apart: those differ in each run.

    A display that is worded otherwise by now, or is another table, shall not be kept as it was.
    """
    return _WITH_A_FIGURE.sub("0", _PICTURE.sub("", sanitise(html)))
