"""Addresses with a password in them, and how they are kept out of sight."""

from __future__ import annotations

import re
from typing import Any

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):([^@/\s]+)@")


def mask(text: str) -> str:
    """The text with the password of every address in it replaced by two stars."""
    return _PASSWORD.sub(r"\1:**@", text)


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
