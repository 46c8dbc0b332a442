"""Data analysis in small: counting the words of texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval, MaxLen
from celery import shared_task

from labapp.progress import report
from labapp.tasks.files import data_folder, open_inside, text_files

CHUNK = 64 * 1024
WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001 - the apostrophe that printed texts use


@shared_task  # type: ignore[untyped-decorator]
def word_count(
    path: Annotated[str, MaxLen(500)] = ".",
    top: Annotated[int, Interval(ge=1, le=100)] = 10,
) -> dict[str, Any]:
    """Counts the words of a text, or of all texts (.txt) under a folder, of the data folder."""
    files = text_files(path)
    total = sum(file.stat().st_size for file in files)
    words: Counter[str] = Counter()
    done = 0
    for file in files:
        for chunk in chunks(file):
            words.update(WORD.findall(chunk.decode("utf-8", "replace").casefold()))
            done += len(chunk)
            report(min(done, total), total, file.name)
    return {
        "files": [str(file.relative_to(data_folder())) for file in files],
        "words": words.total(),
        "different": len(words),
        "top": dict(words.most_common(top)),
    }


def chunks(file: Path) -> Iterator[bytes]:
    """Pieces of a file that end where a word ends, however long its lines are."""
    rest = b""
    with open_inside(file) as stream:
        while block := stream.read(CHUNK):
            block = rest + block
            cut = max(block.rfind(b" "), block.rfind(b"\n")) + 1 or len(block)
            # Without a gap in sight the block is taken as it is: memory stays bounded.
            yield block[:cut]
            rest = block[cut:]
    if rest:
        yield rest
