"""Pictures that outlive their widget: plain html that a sanitiser leaves alone.

JupyterLab shows a notebook that was never run here without svg elements and without theme
colours; tables and images with a data URI stay (and an svg inside an image runs no script).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from labapp.display.escape import escape


class Html(str):
    """Markup that is already safe to show; any other string is escaped by ``table``."""

    __slots__ = ()


def image(svg: str, alt: str, *, width: int | None = None, height: int | None = None) -> Html:
    """An svg picture as an ``img``; ``alt`` says in words what it shows. Sizes are in pixels."""
    data = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
    size = "".join(
        f' {name}="{pixels}"'
        for name, pixels in (("width", width), ("height", height))
        if pixels is not None
    )
    return Html(f'<img alt="{escape(alt)}"{size} src="data:image/svg+xml;base64,{data}">')


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    note: str = "",
) -> Html:
    """A table with a caption above and a note below; every cell that is not ``Html`` is escaped."""
    head = "".join(f'<th scope="col" style="{_LEFT}">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_LEFT}">{_cell(value)}</td>' for value in row) + "</tr>"
        for row in rows
    )
    title = (
        f'<caption style="{_LEFT}"><strong>{_cell(caption)}</strong></caption>' if caption else ""
    )
    below = f"<p>{_cell(note)}</p>" if note else ""
    return Html(f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}")


_LEFT = "text-align: left"


def _cell(value: object) -> str:
    return str(value) if isinstance(value, Html) else escape(value)
