"""Text from tasks, logs and learners, made fit to be shown.

Task names, arguments, results and exceptions are hostile until they have been through here.
"""

from __future__ import annotations

import html
import unicodedata

LIMIT = 500
# Cf holds the marks that turn the direction of text around (U+202E): they can make a line
# read as something else than it says.
_DROPPED = {"Cc", "Cf", "Cs"}


def clean(text: object, limit: int = LIMIT) -> str:
    """One line of plain text: no control characters, no lone surrogates, cut with a note.

    ``limit`` counts characters; what is longer ends in "… (N characters in all)".
    """
    whole = text if isinstance(text, str) else _as_text(text)
    kept = whole[: limit + 1]
    if not kept.isprintable():
        kept = " ".join("".join(map(_printable, kept)).split())
    if len(whole) > limit:
        return f"{kept[:limit]}… ({len(whole):,} characters in all)"
    return kept


def escape(text: object, limit: int = LIMIT) -> str:
    """``clean`` text that may stand in HTML or SVG, between tags or inside a quoted attribute."""
    return html.escape(clean(text, limit), quote=True)


def _printable(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return "" if unicodedata.category(character) in _DROPPED else character


def _as_text(thing: object) -> str:
    try:
        return str(thing)
    except Exception as error:  # a learner's own __str__ may do anything
        return f"<{type(thing).__name__} that cannot be shown: {type(error).__name__}>"
