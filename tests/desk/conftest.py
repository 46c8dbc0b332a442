"""A small checkout, and the learner's folder beside it."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A checkout with one notebook and one picture."""
    folder = tmp_path / "kit"
    (folder / "notebooks" / "images").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("")
    (folder / "notebooks" / "images" / "map.svg").write_text("<svg/>")
    write_notebook(folder / "notebooks" / "00_start_here.ipynb", "1 + 1", output="2")
    return folder


@pytest.fixture
def my(tmp_path: Path) -> Path:
    return tmp_path / "my"


@pytest.fixture
def edit():  # type: ignore[no-untyped-def]
    """Write a notebook of one cell over a path: `edit(path, source, output="")`."""
    return write_notebook


def write_notebook(path: Path, source: str, output: str = "") -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
    cell = {
        "cell_type": "code",
        "execution_count": 1 if output else None,
        "id": "one",
        "metadata": {},
        "outputs": outputs,
        "source": source,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))
