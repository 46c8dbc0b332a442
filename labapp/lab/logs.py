"""Log lines as a learner reads them."""

from __future__ import annotations

import os
from pathlib import Path

from labapp.lab.secret import mask

#: Bytes read from the end of a log for each line asked for; longer lines are cut.
PER_LINE = 400


class Logs(list[str]):
    """A list of lines that shows itself as text."""

    def __repr__(self) -> str:
        return "\n".join(self) or "(nothing logged yet)"


def tail(path: Path, n: int) -> list[str]:
    """The last `n` lines of a file, masked and cut; empty where there is no file."""
    if n < 1:
        return []
    try:
        with open(path, "rb") as log:
            size = log.seek(0, os.SEEK_END)
            start = max(0, size - (n + 1) * PER_LINE)
            log.seek(start)
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    lines = text.splitlines()
    if start and len(lines) > 1:
        lines = lines[1:]
    return [mask(line)[: 2 * PER_LINE] for line in lines[-n:]]
