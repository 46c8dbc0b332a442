"""Where the checkout and the learner's folder are."""

from __future__ import annotations

import os
from pathlib import Path

FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


class DeskError(RuntimeError):
    """The desk cannot be laid; the text says which part, why, and the way out."""


def find_checkout(start: Path | None = None) -> Path:
    """Return the folder that holds the notebooks: here, above, or where labapp is installed."""
    here = (start or Path.cwd()).resolve()
    installed = Path(__file__).resolve().parents[2]
    for folder in (here, *here.parents, installed):
        if (folder / FIRST_NOTEBOOK).is_file() and (folder / "pyproject.toml").is_file():
            return folder
    raise DeskError(
        f"No checkout of the lab kit was found in {here} or above it (looked for "
        f"{FIRST_NOTEBOOK}). Change into the kit's folder and try again."
    )


def my_folder(checkout: Path) -> Path:
    """Return the learner's folder: `my/` in the checkout, or the one that LABAPP_MY names."""
    named = os.environ.get("LABAPP_MY")
    return Path(named).expanduser().absolute() if named else checkout / "my"
