"""The widget under predictions and quizzes; its look is that of every display of the kit.

Imported only where something is displayed.
"""

from __future__ import annotations

from pathlib import Path

from labapp.show.front import Front, asset

ASSETS = Path(__file__).parent / "assets"


def own(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


class AskFront(Front):
    """A card with questions, each with a key to answer it."""

    _esm = asset("common.js") + "\n" + own("fields.js") + "\n" + own("ask.js")
    _css = asset("common.css") + "\n" + own("ask.css")
