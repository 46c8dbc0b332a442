"""What a newcomer sees: `make lab`, the first notebook run from top to bottom, a bar that moves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.notebooks import EXPOSED, KERNEL_IS_IDLE

# Notes each value that a bar shows, however briefly.
WATCH_BARS = """() => {
  window.barValues = new Set();
  const note = () => document.querySelectorAll('.lab-bar[aria-valuenow]')
    .forEach(bar => window.barValues.add(bar.getAttribute('aria-valuenow')));
  new MutationObserver(note).observe(document.body,
    {subtree: true, childList: true, attributes: true, attributeFilter: ['aria-valuenow']});
}"""

# Not awaited: the promise resolves when the run has ended, and by then the bar has gone.
RUN_ALL = """() => {
  window.ranAll = undefined;
  window.jupyterapp.commands.execute('notebook:run-all-cells').then(ok => { window.ranAll = ok; });
}"""

ERRORS = """() => {
  const found = [];
  for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {
    for (const output of cell.type === 'code' ? cell.outputs.toJSON() : []) {
      if (output.output_type === 'error') found.push(`${output.ename}: ${output.evalue}`);
    }
  }
  return found;
}"""


def open_notebook(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)


def test_the_first_notebook_runs_in_a_browser_and_its_bar_moves(
    open_desk: Callable[..., Any], page: Page, shots: Path
) -> None:
    desk = open_desk(*EXPOSED)
    open_notebook(page, desk.address())
    assert page.locator(".jp-Dialog").count() == 0, "a newcomer is asked a question first"
    assert page.locator(".jp-toast-button, .Toastify__toast").count() == 0, "news popped up"

    page.evaluate(WATCH_BARS)
    page.evaluate(RUN_ALL)
    page.wait_for_function("window.barValues.size > 3", timeout=90_000)
    page.evaluate("document.querySelector('.lab-bar')?.scrollIntoView({block: 'center'})")
    page.screenshot(path=shots / "first_notebook_running.png")
    page.wait_for_function("window.ranAll !== undefined", timeout=120_000)
    page.screenshot(path=shots / "first_notebook_ended.png")

    assert page.evaluate(ERRORS) == []
    assert page.evaluate("window.ranAll") is True
    values = page.evaluate("[...window.barValues].map(Number).sort((a, b) => a - b)")
    assert len(values) > 5, values

    page.close()
    desk.press_ctrl_c()
    desk.assert_ended()


def test_ctrl_c_ends_a_lab_in_the_middle_of_its_work(
    open_desk: Callable[..., Any], page: Page
) -> None:
    desk = open_desk(*EXPOSED)
    open_notebook(page, desk.address())
    page.evaluate(WATCH_BARS)
    page.evaluate(RUN_ALL)
    page.wait_for_function("window.barValues.size > 1", timeout=90_000)
    assert len(desk.left()) > 5, "make, JupyterLab, a kernel, a guardian, Redis, worker and web"
    desk.press_ctrl_c()
    desk.assert_ended()


def test_a_taken_port_is_no_obstacle(open_desk: Callable[..., Any]) -> None:
    first = open_desk("--port", "18888")
    address = first.address()
    second = open_desk("--port", "18888")
    assert second.address().split("/lab")[0] != address.split("/lab")[0]
    for desk in (first, second):
        desk.press_ctrl_c()
        desk.assert_ended()
