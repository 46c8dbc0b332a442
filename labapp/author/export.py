"""`labapp export`: the notebooks as pages to read, which load nothing and run nothing.

nbconvert makes them, with the small template beside this file: as the notebooks were stored, in
light and dark, each page by itself in one file, with links that lead from page to page.
"""

from __future__ import annotations

import base64
import html
import mimetypes
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labapp.author.committed import notebooks_of
from labapp.author.form import form_of
from labapp.desk.place import find_checkout
from labapp.grade.manifest import catalogue

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

DEFAULT = Path("build/html")
INDEX = "index.html"
GENERATOR = "labapp export"
TEMPLATES, TEMPLATE = Path(__file__).parent, "page"
TREES = {"notebooks": "Lessons", "exercises": "Exercises", "solutions": "Solutions"}
OPENING = """# Celery and Redis lab

These pages are the notebooks, with what they gave when they were run last: to read, to print, to
hand out. Nothing in them runs, and they load nothing from elsewhere. To run the notebooks, and to
be asked by them, type `make lab` in the kit's folder."""

_TO_NOTEBOOK = re.compile(r'(<a\b[^>]*?\bhref="(?![a-z]+:)[^"#?]*)\.ipynb(?=[#"])')
#: An address that a lab had while it ran; on the reader's machine it is somebody else's.
_TO_LAB = re.compile(r'<a\b[^>]*?\bhref="https?://(?:127\.0\.0\.1|localhost)\b[^>]*>(.*?)</a>')
#: nbconvert's own way to a heading, whose sign would stand in the heading's text.
_TO_ITSELF = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>')
_TO_PICTURE = re.compile(r'(<img\b[^>]*?\bsrc=")(?![a-z]+:)([^"]+)"')


class ExportError(RuntimeError):
    """The pages could not be written; the text says why, and the way out."""


@dataclass(frozen=True)
class Source:
    """A notebook that becomes a page; ``name`` is its path below the checkout."""

    root: Path
    name: Path

    @cached_property
    def notebook(self) -> NotebookNode:
        import nbformat

        notebook: NotebookNode = nbformat.read(self.root / self.name, as_version=4)
        return notebook

    @property
    def page(self) -> Path:
        """The page's path below the folder of the export."""
        return self.name.with_suffix(".html")

    @cached_property
    def title(self) -> str:
        """Its first heading, without marks; its file's name where it has none."""
        first = self.notebook.cells[0].source if self.notebook.cells else ""
        heading = re.search(r"^# +(.+)$", first, re.MULTILINE)
        title = re.sub(r"[*`]", "", heading[1]).strip() if heading else self.name.stem
        return f"{title} (solution)" if self.tree == "solutions" else title

    @property
    def tree(self) -> str:
        return self.name.parts[0]

    def length(self) -> str:
        """How long it takes and how hard it is, where it says so."""
        told = catalogue().get(self.name.stem) or form_of(self.notebook)
        return f", {told.minutes} minutes, {told.level}" if told else ""


def run_export(folder: Path | None = None, checkout: Path | None = None) -> int:
    """Write the pages into ``folder`` (build/html of the checkout) and say where to begin."""
    root = checkout or find_checkout()
    folder = (folder or root / DEFAULT).resolve()
    pages = write_pages(root, folder)
    size = sum(page.stat().st_size for page in pages) / 1e6
    print(f"Written: {len(pages)} pages, {size:.1f} MB. Open {folder / INDEX}")
    return 0


def write_pages(root: Path, folder: Path) -> list[Path]:
    """Write a page for each notebook below ``root``, and an index; the paths written.

    An earlier export is brought up to date, pages of notebooks that have gone are removed. Raises
    ExportError for a folder that holds anything else, and for one that cannot be written.
    """
    sources = list(_sources(root))
    try:
        _claim(folder)
        exporter = _exporter()
        written = [folder / INDEX]
        for place, source in enumerate(sources):
            before, after = sources[:place][-1:], sources[place + 1 : place + 2]
            text = _convert(exporter, source, _ways(source, before, after))
            written.append(_write(folder / source.page, text))
        # Last: what it lists is there.
        _write(folder / INDEX, _index(exporter, sources))
        for old in {page for tree in TREES for page in (folder / tree).rglob("*.html")}:
            if old not in written:
                old.unlink()
    except OSError as error:
        raise ExportError(
            f"{folder} cannot be written ({error.strerror}). Name a folder that you may write."
        ) from error
    return written


def _sources(root: Path) -> Iterator[Source]:
    """The notebooks in reading order."""
    for path in notebooks_of(root, TREES):
        yield Source(root, path.relative_to(root))


def _claim(folder: Path) -> None:
    """Make the folder ours: new, empty, or an export already."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / INDEX
    ours = index.is_file() and f'content="{GENERATOR}"' in index.read_text("utf-8", "replace")
    if not ours and any(folder.iterdir()):
        raise ExportError(
            f"{folder} is not empty, and nothing of yours is overwritten. Name a new folder."
        )
    if not ours:
        # An export that was broken off is an export.
        index.write_text(f'<meta name="generator" content="{GENERATOR}">', "utf-8")


def _exporter() -> HTMLExporter:
    from nbconvert import HTMLExporter

    return HTMLExporter(
        template_name=TEMPLATE,
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )


def _convert(exporter: HTMLExporter, source: Source, ways: Sequence[dict[str, str]]) -> str:
    about = {"title": source.title, "source": source.name.as_posix(), "ways": ways}
    return _page(exporter, source.notebook, about, beside=(source.root / source.name).parent)


def _page(
    exporter: HTMLExporter, notebook: NotebookNode, about: dict[str, Any], beside: Path
) -> str:
    resources = {
        "metadata": {"name": about["title"], "path": str(beside)},
        "page": {"generator": GENERATOR, **about},
    }
    text, _ = exporter.from_notebook_node(notebook, resources=resources)
    text = _TO_LAB.sub(r"\1", _TO_NOTEBOOK.sub(r"\1.html", _TO_ITSELF.sub("", text)))
    return _TO_PICTURE.sub(lambda found: f'{found[1]}{_embedded(beside / found[2])}"', text)


def _embedded(picture: Path) -> str:
    """A picture as an address that holds it. (nbconvert's own way tears html apart in which
    Markdown stands, as in the answers of the question bank, which are then no longer folded.)"""
    if not picture.is_file():
        raise ExportError(f"A notebook shows {picture}, which is not there.")
    kind, _ = mimetypes.guess_type(picture.name)
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode('ascii')}"


def _ways(
    source: Source, before: Sequence[Source], after: Sequence[Source]
) -> list[dict[str, str]]:
    """Where a reader goes from here: all pages, the one before, the one after."""
    ways = [("all", Path(INDEX), "All pages")]
    ways += [("previous", one.page, f"Before: {one.title}") for one in before]
    ways += [("next", one.page, f"Next: {one.title}") for one in after]
    start = source.page.parent
    return [
        {"kind": kind, "target": Path(os.path.relpath(page, start)).as_posix(), "text": text}
        for kind, page, text in ways
    ]


def _index(exporter: HTMLExporter, sources: Sequence[Source]) -> str:
    from nbformat.v4 import new_markdown_cell, new_notebook

    parts = [OPENING]
    for tree, heading in TREES.items():
        lines = [
            f"- [{_as_text(one.title)}]({one.name.as_posix()}){one.length()}"
            for one in sources
            if one.tree == tree
        ]
        parts.append("\n".join([f"## {heading}", "", *lines]))
    index = new_notebook(cells=[new_markdown_cell("\n\n".join(parts), id="index")])
    return _page(exporter, index, {"title": "Celery and Redis lab"}, beside=Path())


def _as_text(title: str) -> str:
    """A title in Markdown, with nothing in it that means more than it says."""
    return re.sub(r"([\\\[\]_])", r"\\\1", html.escape(title))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
