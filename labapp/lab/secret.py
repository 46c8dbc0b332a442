"""Addresses with a password in them, and how they are kept out of sight."""

from __future__ import annotations

import re
from typing import Any

# Up to the last @ of the word: a password may hold @ and / itself, written rightly or not.
_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):\S+@")
_IN_QUERY = re.compile(r"(?<=[?&]password=)[^&\s]+")


def mask(text: str) -> str:
    """The text with the password of every address in it replaced by two stars."""
    return _IN_QUERY.sub("**", _PASSWORD.sub(r"\1:**@", text))


class Address(str):
    """A URL that works as a string and shows itself without its password."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(mask(str(self)))


class Environ(dict[str, str]):
    """Environment variables for a child process; the repr shows names and masked values."""

    def __repr__(self) -> str:
        shown = {name: mask(value) for name, value in sorted(self.items())}
        return f"Environ({shown})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))
