"""What a notebook with predictions and quizzes holds when a program ran it, without any learner."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from labapp.author.build import build_notebook
from labapp.record import Record

pytestmark = pytest.mark.services

VIEW = "application/vnd.jupyter.widget-view+json"
CELLS = (
    "from labapp import predict, quiz\nguess = predict('00-reply')",
    "guess.outcome(0.004)",
    "quiz('00')",
)
#: As if somebody answered: it goes on record wherever the kernel's record is.
ANSWERS = "from labapp.record import Record\nRecord().add('quiz', 'of-the-build', 'right')"


def notebook(*cells: str) -> nbformat.NotebookNode:
    made = [nbformat.v4.new_code_cell(source, id=f"c{at}") for at, source in enumerate(cells)]
    return nbformat.v4.new_notebook(cells=made)


def run(folder: Path, **environ: str) -> nbformat.NotebookNode:
    executed = notebook(*CELLS)
    client = NotebookClient(
        executed,
        timeout=60,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=os.environ | environ)
    return executed


def test_a_build_stores_questions_as_pages_and_no_widget(tmp_path: Path) -> None:
    path = tmp_path / "notebooks" / "00_x.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook(*CELLS, ANSWERS), path)
    before = Record().outcomes()
    assert build_notebook(path)
    first = path.read_text()
    assert VIEW not in first
    stored = nbformat.read(path, as_version=4)
    asked, came, shown = (cell.outputs[0].data for cell in stored.cells[:3])
    assert "Run this cell to say" in asked["text/html"]
    assert "0.004" not in asked["text/html"]
    assert "nothing yet" in came["text/html"]
    assert shown["text/plain"] == "Quiz of 00_start_here: 3 questions"
    assert shown["text/html"].count("<details>") == 3
    assert Record().outcomes() == before, "a build has a record of its own"
    assert build_notebook(path, always=True)
    assert path.read_text() == first


def test_where_a_learner_may_come_the_quiz_is_a_widget_with_the_page_beside_it(
    tmp_path: Path,
) -> None:
    executed = run(tmp_path)
    asked, came, shown = (cell.outputs[0].data for cell in executed.cells)
    assert VIEW not in asked, "its outcome has come: the page took its place"
    assert VIEW not in came
    assert VIEW in shown
    assert "<details>" in shown["text/html"]
    assert shown["text/plain"] == "Quiz of 00_start_here: 3 questions"
    assert len(executed.cells[2].outputs) == 1, "it shows once"


def test_without_ipywidgets_the_questions_are_a_page(tmp_path: Path) -> None:
    (tmp_path / "anywidget.py").write_text("raise ImportError('not installed')")
    executed = run(tmp_path)
    shown = executed.cells[2].outputs[0].data
    assert set(shown) == {"text/plain", "text/html"}
    assert "<details>" in shown["text/html"]
