"""What two true runs of a cell may differ in: one set of rules for the build and for the lanes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

RULES_FILE = Path(__file__).with_name("sanitise.cfg")
_RULE = re.compile(r"^regex: (.*)$\n^replace: (.*)$", re.MULTILINE)


@cache
def rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns and what stands in their place, in the order in which they are applied."""
    found = _RULE.findall(RULES_FILE.read_text(encoding="utf-8"))
    return tuple((re.compile(pattern), replacement) for pattern, replacement in found)


def sanitise(text: str) -> str:
    """The text with everything that may differ replaced."""
    for pattern, replacement in rules():
        text = pattern.sub(replacement, text)
    return text


def first_checked(text: str) -> int | None:
    """Where the first visible character stands that no rule replaces; None if there is none."""
    replaced = {
        place
        for pattern, _ in rules()
        for match in pattern.finditer(text)
        for place in range(*match.span())
    }
    places = (place for place, sign in enumerate(text) if not sign.isspace())
    return next((place for place in places if place not in replaced), None)


def altered(text: str) -> str | None:
    """The text with one checked character changed; None where nothing of it is checked."""
    place = first_checked(text)
    if place is None:
        return None
    return text[:place] + ("y" if text[place] == "x" else "x") + text[place + 1 :]


def texts(outputs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The text of each output that a lane compares: streams, plain text, Markdown, an error."""
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            yield _joined(output["text"])
        elif kind == "error":
            yield f"{output['ename']}: {output['evalue']}"
        for told in ("text/plain", "text/markdown"):
            if told in output.get("data", {}):
                yield _joined(output["data"][told])


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
