"""An exercise is its solution without the mend, and deriving it again changes nothing."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labapp.author.derive import derive, derived_texts, write_exercises
from labapp.grade.manifest import catalogue
from tests.conftest import CHECKOUT


def cell(source: str, *tags: str) -> nbformat.NotebookNode:
    outputs = [new_output("stream", text=f"{source}\n")]
    made = new_code_cell(source, execution_count=3, outputs=outputs)
    made.metadata["tags"] = list(tags)
    return made


@pytest.fixture
def solution() -> nbformat.NotebookNode:
    mend = new_markdown_cell("the mend")
    mend.metadata["tags"] = ["solution"]
    cells = [new_markdown_cell("# Title"), cell("before"), mend, cell("mended", "solution")]
    notebook = new_notebook(cells=[*cells, cell("after")])
    notebook.metadata["labapp"] = {"built": "x", "ran": {"a": "b"}, "minutes": 20}
    return notebook


def test_tagged_cells_are_dropped_and_later_outputs_are_cleared(
    solution: nbformat.NotebookNode,
) -> None:
    exercise = derive(solution)
    assert [one.source for one in exercise.cells] == ["# Title", "before", "after"]
    _, before, after = exercise.cells
    assert before.outputs[0].text == "before\n"
    assert before.execution_count == 3
    assert after.outputs == []
    assert after.execution_count is None


def test_what_the_build_noted_of_its_run_is_not_said_of_the_exercise(
    solution: nbformat.NotebookNode,
) -> None:
    assert derive(solution).metadata["labapp"] == {"minutes": 20}
    assert solution.metadata["labapp"]["built"] == "x"
    assert len(solution.cells) == 5


def test_writing_twice_changes_nothing_and_what_has_no_source_goes(
    solution: nbformat.NotebookNode, tmp_path: Path
) -> None:
    (tmp_path / "solutions").mkdir()
    (tmp_path / "exercises").mkdir()
    nbformat.write(solution, tmp_path / "solutions" / "01_one.ipynb")
    (tmp_path / "exercises" / "02_gone.ipynb").write_text("{}")
    touched = write_exercises(tmp_path)
    assert sorted(path.name for path in touched) == ["01_one.ipynb", "02_gone.ipynb"]
    assert [path.name for path in (tmp_path / "exercises").iterdir()] == ["01_one.ipynb"]
    assert write_exercises(tmp_path) == []


def test_the_committed_exercises_are_what_is_derived() -> None:
    wanted = {path.name: text for path, text in derived_texts(CHECKOUT)}
    found = {path.name: path.read_text() for path in (CHECKOUT / "exercises").glob("*.ipynb")}
    assert found == wanted, "make build derives them anew"


def test_every_exercise_has_its_notebook() -> None:
    assert {path.stem for path, _ in derived_texts(CHECKOUT)} == set(catalogue())


@pytest.mark.parametrize("path", sorted((CHECKOUT / "exercises").glob("*.ipynb")), ids=str)
def test_no_exercise_holds_a_mend(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not any("%%writefile answers/" in one.source for one in notebook.cells)
    assert not any("solution" in one.metadata.get("tags", []) for one in notebook.cells)
