"""A page of the lab, as a link to click."""

from __future__ import annotations

from labapp.display import escape


class Link:
    """Shows itself as a link that opens in a new tab; as text, as its address."""

    def __init__(self, address: str, words: str) -> None:
        self.address = address
        self.words = words

    def __repr__(self) -> str:
        return f"{self.words}: {self.address}"

    def _repr_html_(self) -> str:
        href, words = escape(self.address), escape(self.words)
        anchor = f'<a href="{href}" target="_blank" rel="noopener">{href}</a>'
        return f"{words}, while the lab runs: {anchor}"
