"""What a learner does with the lab's panel: click its buttons, run its cell again, close it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import GONE_WITHIN, Desk
from tests.browser.notebooks import EXPOSED
from tests.browser.test_first_notebook import open_notebook

RUN_FIRST_CODE_CELL = """async () => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.type === 'code');
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""


def state_of(page: Page, part: str) -> Any:
    row = page.locator(".lab-parts tbody", has=page.get_by_role("rowheader", name=part, exact=True))
    return row.locator(".lab-state")


def labs(desk: Desk) -> list[str]:
    return sorted(folder.name for folder in Path(desk.mark).glob("lab-*"))


def wait_for_labs(page: Page, desk: Desk, count: int) -> None:
    for _ in range(int(GONE_WITHIN * 10)):
        if len(labs(desk)) == count:
            return
        page.wait_for_timeout(100)
    assert len(labs(desk)) == count


def test_buttons_work_a_new_run_replaces_the_lab_and_closing_the_notebook_ends_it(
    open_desk: Callable[..., Desk], page: Page
) -> None:
    desk = open_desk(*EXPOSED)
    open_notebook(page, desk.address())
    page.evaluate(RUN_FIRST_CODE_CELL)
    expect(state_of(page, "web")).to_contain_text("ready", timeout=60_000)

    page.get_by_role("button", name="Kill web").click()
    expect(state_of(page, "web")).to_contain_text("killed", timeout=15_000)
    page.get_by_role("button", name="Start web").click()
    expect(state_of(page, "web")).to_contain_text("ready", timeout=60_000)

    first = labs(desk)
    page.evaluate(RUN_FIRST_CODE_CELL)
    expect(page.locator(".lab-notice:visible")).to_contain_text("run again", timeout=60_000)
    wait_for_labs(page, desk, 1)
    assert labs(desk) != first

    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    wait_for_labs(page, desk, 0)
    desk.press_ctrl_c()
    desk.assert_ended()
