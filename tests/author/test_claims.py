"""The page of claims says what the notebooks claim, and where each claim is shown."""

from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes

from labapp.author.build import run_build
from labapp.author.claims import PAGE, claims_in, claims_page
from labapp.author.committed import notebooks_of


def sample(root: Path) -> Path:
    claim = {"id": "c09-one", "says": "A | is kept, and `b` too."}
    cells = [
        new_markdown_cell("# Title\n\n## A part", id="md"),
        new_code_cell("# not a heading", id="plain"),
        new_code_cell("print(1)", id="shown", metadata={"labapp": {"claim": claim}}),
    ]
    path = root / "notebooks" / "09_sample.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(writes(new_notebook(cells=cells)))
    return path


def test_a_claim_is_found_with_its_cell_and_the_heading_above(tmp_path: Path) -> None:
    (claim,) = claims_in([sample(tmp_path)], tmp_path)
    assert claim == (
        *("c09-one", "A | is kept, and `b` too.", "notebooks/09_sample.ipynb"),
        *("A part", "shown"),
    )


def test_the_page_names_lesson_claim_and_cell(tmp_path: Path) -> None:
    page = claims_page(claims_in([sample(tmp_path)], tmp_path))
    assert "## [09_sample](../notebooks/09_sample.ipynb)" in page
    assert "| `c09-one` | A \\| is kept, and `b` too. | A part | `shown` |" in page


def test_a_build_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    path = tmp_path / "notebooks" / "09_prose.ipynb"
    path.parent.mkdir()
    path.write_text(writes(new_notebook(cells=[new_markdown_cell("# Prose", id="title")])))
    run_build(checkout=tmp_path)
    assert "What the lessons claim" in (tmp_path / PAGE).read_text()


def test_the_committed_page_is_up_to_date(checkout: Path) -> None:
    made = claims_page(claims_in(notebooks_of(checkout), checkout))
    assert (checkout / PAGE).read_text() == made, "make build"
