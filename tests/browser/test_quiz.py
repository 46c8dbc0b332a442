"""Predictions and quizzes as a learner has them: by keyboard, by ear, and as a page afterwards."""

import sqlite3
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Desk
from tests.browser.notebooks import KERNEL_IS_IDLE, Notebook

PREDICT = "from labapp import predict, quiz\nguess = predict('00-reply')"
OUTCOME = "guess.outcome(0.004)"
CELLS = [PREDICT, OUTCOME, "quiz('00')", "quiz('02')"]
#: How the page of JupyterLab is: its mode, the cell it is at, and how many cells there are.
WHERE = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  return [notebook.mode, notebook.activeCellIndex, notebook.widgets.length];
}"""


@pytest.fixture
def notebook(notebook: Notebook, request: pytest.FixtureRequest) -> Notebook:
    notebook.open(request.node.name, CELLS)
    return notebook


def question(notebook: Notebook, place: int, text: str) -> Locator:
    return notebook.card(place).locator("form", has_text=text)


def recorded(desk: Desk) -> list[tuple[str, str, str]]:
    path = desk.my.parent / "record.sqlite3"
    with sqlite3.connect(path) as database:
        return database.execute("SELECT kind, subject, outcome FROM outcome").fetchall()


def test_a_prediction_is_made_by_keyboard_and_set_beside_what_came(
    notebook: Notebook, desk: Desk
) -> None:
    notebook.run(0)
    card = notebook.card(0)
    card.get_by_role("textbox", name="Your number, in seconds").focus()
    before = notebook.page.evaluate(WHERE)
    # In JupyterLab's command mode these letters would delete, add and convert cells.
    notebook.page.keyboard.type("ddaxm", delay=10)
    notebook.page.keyboard.press("Enter")
    expect(card.locator(".lab-notice")).to_have_text("Type a number first, such as 2 or 0.5.")
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("1,5")
    notebook.page.keyboard.press("Enter")
    expect(card.locator(".lab-reply")).to_contain_text("You said: 1.5 seconds.")
    expect(card.get_by_role("button", name="Commit")).to_be_disabled()
    assert notebook.page.evaluate(WHERE)[2] == before[2], "a key of the question changed cells"

    notebook.run(1)
    expect(notebook.card(0)).to_have_count(0)
    expect(notebook.output(0)).to_contain_text("You said: 1.5 seconds")
    expect(notebook.output(1).get_by_role("table")).to_contain_text("0.004 seconds")
    expect(notebook.output(1)).to_contain_text("✕ off")
    assert ("prediction", "00-reply", "off") in recorded(desk)


def test_a_quiz_is_taken_by_keyboard_alone_with_a_reply_to_every_answer(
    notebook: Notebook, desk: Desk
) -> None:
    notebook.run(0)
    notebook.run(2)
    page, status = notebook.page, question(notebook, 2, "202 Accepted")
    cells = page.evaluate(WHERE)[2]
    status.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(status.locator(".lab-reply")).to_contain_text("Not yet. That would be 200 or 201.")
    expect(notebook.card(2).get_by_role("status")).to_contain_text("Not yet. That would be")

    page.keyboard.press("Shift+Tab")
    at = page.evaluate(WHERE)[1]
    page.keyboard.press("ArrowDown")
    expect(status.get_by_role("radio").nth(1)).to_be_checked()
    assert page.evaluate(WHERE)[1] == at, "the arrow moved JupyterLab to another cell"
    page.keyboard.press("Enter")
    expect(status.locator(".lab-reply")).to_contain_text("Right.")
    expect(notebook.card(2)).to_contain_text("1 of 3 right")
    expect(notebook.card(2).get_by_role("status")).to_contain_text("Try 2. Right.")
    mode, _, now = page.evaluate(WHERE)
    assert (mode, now) == ("command", cells), "a key of the quiz reached JupyterLab"
    rows = [row for row in recorded(desk) if row[1] == "00-status"]
    assert [row[2] for row in rows] == ["wrong", "right"]


def test_steps_are_put_in_order_with_buttons_that_keep_the_focus(notebook: Notebook) -> None:
    notebook.run(0)
    notebook.run(2)
    way = question(notebook, 2, "Put the way of one job in order.")
    right = ["puts a message", "answers with an id", "takes the message", "stores the", "reads the"]
    for place, words in enumerate(right):
        while words not in way.locator("li").nth(place).inner_text():
            row = way.locator("li", has_text=words)
            row.get_by_role("button", name="Move up").press("Enter")
            focused = notebook.page.evaluate("document.activeElement.getAttribute('aria-label')")
            assert focused.startswith("Move up"), "the focus stayed on the key"
    expect(notebook.card(2).get_by_role("status")).to_contain_text("of 5")
    way.get_by_role("button", name="Check").press("Enter")
    expect(way.locator(".lab-reply")).to_contain_text("Right.")


def test_when_it_is_done_a_page_stays_that_is_there_after_a_restart(
    notebook: Notebook, checkout: Path
) -> None:
    notebook.run(0)
    notebook.run(3)
    held = question(notebook, 3, "six long tasks")
    held.get_by_role("textbox").fill("6")
    held.get_by_role("button", name="Check").click()
    expect(held.locator(".lab-reply")).to_contain_text("That is how many were fetched.")
    notebook.card(3).screenshot(path=checkout / "build" / "screenshots" / "quiz_live.png")
    notebook.card(3).get_by_role("button", name="Done").click()
    expect(notebook.card(3)).to_have_count(0)
    expect(notebook.output(3)).to_contain_text("You said: 6 messages. ✕")
    notebook.run(0)
    notebook.run(1)
    page = notebook.page
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    expect(notebook.output(3)).to_contain_text("You said: 6 messages. ✕")
    expect(page.locator(".jp-Notebook")).not_to_contain_text("model not found")
    notebook.output(3).screenshot(path=checkout / "build" / "screenshots" / "quiz_page.png")


def test_a_page_that_is_loaded_anew_has_the_quiz_and_its_answers(notebook: Notebook) -> None:
    notebook.run(0)
    notebook.run(3)
    held = question(notebook, 3, "six long tasks")
    held.get_by_role("textbox").fill("6")
    held.get_by_role("button", name="Check").click()
    expect(held.locator(".lab-reply")).to_contain_text("That is how many were fetched.")
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.page.reload()
    notebook.settle()
    expect(held.locator(".lab-reply")).to_contain_text("That is how many were fetched.")
    held.get_by_role("textbox").fill("4")
    held.get_by_role("button", name="Check").click()
    expect(held.locator(".lab-reply")).to_contain_text("Right.")
    notebook.card(3).get_by_role("button", name="Done").click()
    expect(notebook.card(3).locator(".lab-notice")).to_contain_text("Run the cell again")
    notebook.run(0)


def test_axe_finds_nothing_in_a_quiz_in_either_theme(notebook: Notebook, checkout: Path) -> None:
    notebook.run(0)
    notebook.run(2)
    notebook.run(3)
    shots = checkout / "build" / "screenshots"
    for theme, light in (("JupyterLab Dark", "false"), ("JupyterLab Light", "true")):
        command = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        notebook.page.evaluate(command, theme)
        notebook.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        notebook.page.wait_for_timeout(300)
        notebook.card(2).screenshot(path=shots / f"quiz_{theme[11:].lower()}.png")
        found = Axe().run(notebook.page, context=".lab-card")
        assert found.response["violations"] == []
        assert len(found.response["passes"]) > 8, "axe has looked at something"


def test_a_quiz_of_a_kernel_that_has_gone_says_so(notebook: Notebook) -> None:
    notebook.run(0)
    notebook.run(2)
    status = question(notebook, 2, "202 Accepted")
    status.get_by_role("radio").nth(1).check()
    status.get_by_role("button", name="Check").click()
    expect(status.locator(".lab-reply")).to_contain_text("Right.")
    notebook.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    expect(notebook.card(2)).to_contain_text(
        "kernel restarted - run the cell again", timeout=20_000
    )
    notebook.page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
    # JupyterLab's own complaint about what it had under way.
    notebook.errors = [error for error in notebook.errors if "create_subshell" not in error]
