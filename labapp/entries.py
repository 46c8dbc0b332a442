"""Data files that authors write by hand: read, held to their form, and told what is wrong.

A leaf, for the rooms that ask: lessons and interviews.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Entry(BaseModel):
    """A piece of such a file: what it misspells or leaves out is an error, told by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


E = TypeVar("E", bound=Entry)


def read_entry(path: Path, form: type[E], error: type[Exception]) -> E:
    """A TOML file as an entry; ``error`` names the file, the place in it and what is wrong."""
    try:
        return form.model_validate(tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{path.name} is no TOML: {fault}.") from None
    except ValidationError as faults:
        first = faults.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise error(f"{path.name}, {place}: {first['msg']}.") from None
