"""An exercise as a learner meets it in JupyterLab: fail, mend, pass, read why."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect

from labapp.grade.manifest import catalogue
from labapp.grade.solution import write_solution
from tests.browser.conftest import Desk, desks_in
from tests.browser.notebooks import Notebook
from tests.browser.test_first_notebook import EXPOSED

EXERCISE = "05_arguments"


@pytest.fixture
def notebook(checkout: Path, tmp_path: Path, chromium: Browser) -> Iterator[Notebook]:
    with desks_in(checkout, tmp_path) as start:
        desk: Desk = start(*EXPOSED)
        desk.address()
        page = chromium.new_page(viewport={"width": 1280, "height": 1500})
        notebook = Notebook(page, desk)
        yield notebook
        page.close()
        assert notebook.errors == []
        desk.press_ctrl_c()
        desk.assert_ended()


def test_a_learner_fails_mends_and_passes(notebook: Notebook, checkout: Path) -> None:
    shots = checkout / "build" / "screenshots"
    exercises = notebook.desk.my / "exercises"
    cells = nbformat.read(exercises / f"{EXERCISE}.ipynb", as_version=4).cells
    place = {cell.id: number for number, cell in enumerate(cells)}
    visit(notebook, f"exercises/{EXERCISE}")

    notebook.run(place["open"])
    expect(notebook.output(place["open"])).to_contain_text("Ticket 2207")
    notebook.run(place["first-check"])
    shown = notebook.output(place["first-check"])
    expect(shown).to_contain_text(re.compile("not yet, 2 of 4 hold"))
    expect(shown).to_contain_text("POST /orders is accepted")
    expect(shown).to_contain_text("instance-sent")
    expect(shown.get_by_role("table")).to_have_count(1)
    shown.screenshot(path=shots / "verdict_failing.png")
    notebook.run(place["explain"])
    expect(notebook.output(place["explain"])).to_contain_text("3 to go")

    # What she types into the editor.
    write_solution(catalogue()[EXERCISE], checkout, exercises / "answers" / EXERCISE)
    notebook.run(place["open"])
    notebook.run(place["check"])
    shown = notebook.output(place["check"])
    expect(shown).to_contain_text("passed, 16 of 16 hold")
    shown.screenshot(path=shots / "verdict_passing.png")
    notebook.run(place["explain"])
    link = notebook.output(place["explain"]).get_by_role("link", name="Parcels that weigh nothing")
    expect(link).to_be_visible()
    assert (exercises / f"../solutions/{EXERCISE}.ipynb").is_file()


def visit(notebook: Notebook, name: str) -> None:
    """Open a notebook in a folder of the learner's."""
    found = re.match(r"(http://[^/]+)/.*[?&]token=(\w+)", notebook.desk.address())
    assert found
    notebook.page.goto(f"{found[1]}/lab/workspaces/one/tree/{name}.ipynb?token={found[2]}")
    notebook.settle()
