"""A few paragraphs that the kit says to a learner, in Markdown and as text."""

from __future__ import annotations

from typing import Any


class Note:
    """Shows as Markdown in a notebook, as its text elsewhere; the words are the kit's own."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/markdown": self.text, "text/plain": self.text}
