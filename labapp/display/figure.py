"""Figures that a notebook plots: a picture with its words, in place of a bitmap without any."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from labapp.display.escape import clean
from labapp.display.picture import Html, image

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Plot:
    """A finished figure, as ``figure`` makes it: a cell's last expression shows it.

    ``alt`` says in words what it shows; it is the text of the picture for whoever does not see it.
    """

    def __init__(self, html: Html, alt: str) -> None:
        self._html = html
        self.alt = alt

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self._html, "text/plain": repr(self)}


def figure(drawn: Figure, alt: str) -> Plot:
    """Show a matplotlib figure as a picture that reads in both themes and has a text beside it.

    Make it with ``matplotlib.figure.Figure()``, without pyplot: nothing is then shown twice.
    Raises ValueError without an ``alt``, and for an axis without a label.
    """
    if not alt.strip():
        raise ValueError("A figure needs a sentence that says what it shows: alt='...'.")
    for axes in drawn.axes:
        for which in ("x", "y"):
            if axes.axison and not getattr(axes, f"get_{which}label")():
                raise ValueError(f"The {which} axis has no label: axes.set_{which}label(...).")
    words = clean(alt)
    return Plot(image(_svg(drawn), words), words)


def _svg(drawn: Figure) -> str:
    import matplotlib as mpl

    # A constant salt: the same figure is the same file in each run.
    with mpl.rc_context({"svg.hashsalt": "labapp", "svg.fonttype": "path"}):
        text = StringIO()
        # A page may be dark, and a picture cannot follow it: it brings its own light card.
        drawn.savefig(
            text, format="svg", facecolor="white", bbox_inches="tight", metadata={"Date": None}
        )
    return text.getvalue()
