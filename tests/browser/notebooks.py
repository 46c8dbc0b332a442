"""Notebooks of a test's own, opened in JupyterLab beside the learner's."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from playwright.sync_api import Page

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

# Only a test asks for it: without it a page has no handle on JupyterLab's commands.
EXPOSED = ("--", "--LabApp.expose_app_in_browser=True")
KERNEL_IS_IDLE = """() => window.jupyterapp?.shell.currentWidget
  ?.sessionContext?.session?.kernel?.status === 'idle'"""

TASKS = Path(__file__).with_name("watch_tasks.py.txt")
START = """from celery import chain, chord, group
from labapp import Lab, watch
lab = Lab(worker="watch_tasks:app", web=None).start()
def task(name, *args, **options):
    return lab.celery.signature(name, args=args, immutable=True, **options)"""

# Not awaited: the promise resolves when the run has ended, and a test looks in between.
RUN_CELL = """place => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = place;
  window.ran = undefined;
  window.jupyterapp.commands.execute('notebook:run-cell').then(ok => { window.ran = ok; });
}"""

# Notes every text that the page's cards show, in order, however briefly.
NOTE_CARDS = """() => {
  window.notes = [];
  const note = () => {
    for (const card of document.querySelectorAll('.lab-card')) {
      const text = card.innerText.replace(/\\s+/g, ' ');
      const bar = card.querySelector('.lab-bar')?.getAttribute('aria-valuenow') ?? '';
      const line = JSON.stringify([bar, text]);
      if (window.notes.at(-1) !== line) window.notes.push(line);
    }
  };
  new MutationObserver(note).observe(document.body,
    {subtree: true, childList: true, attributes: true, characterData: true});
}"""


class Notebook:
    """One open notebook; cells are run by their place."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self.page = page
        self.desk = desk
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note_console)

    def open(self, name: str, cells: Iterable[str]) -> None:
        """Write it into the learner's folder and open it; its kernel is ready then."""
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        nbformat.write(made, self.desk.my / f"{name}.ipynb")
        shutil.copy(TASKS, self.desk.my / "watch_tasks.py")
        self.visit(name)

    def visit(self, name: str) -> None:
        """Open a notebook that lies in the learner's folder; its kernel is ready then."""
        found = re.match(r"(http://[^/]+)/.*[?&]token=(\w+)", self.desk.address())
        assert found
        self.page.goto(f"{found[1]}/lab/workspaces/{name}/tree/{name}.ipynb?token={found[2]}")
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
        self.page.evaluate(NOTE_CARDS)

    def run(self, place: int, wait: bool = True) -> None:
        """Run a cell, to its end unless `wait` is false."""
        self.page.evaluate(RUN_CELL, place)
        if wait:
            self.wait_run()

    def wait_run(self) -> None:
        self.page.wait_for_function("window.ran !== undefined", timeout=60_000)

    def card(self, place: int):
        """The live display in a cell's output."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".lab-card")

    def output(self, place: int):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".jp-OutputArea")

    def notes(self) -> list[tuple[str, str]]:
        """(percent, text) of each moment of each card that was on the page."""
        return [tuple(json.loads(line)) for line in self.page.evaluate("window.notes")]

    def _note_console(self, message) -> None:
        # JupyterLab's own complaints are none of ours.
        if message.type == "error" and "lab-" in message.text:
            self.errors.append(message.text)


def theme(notebook: Notebook, name: str) -> None:
    command = f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{name}'}})"
    notebook.page.evaluate(command)
    dark = "true" if "Light" in name else "false"
    notebook.page.wait_for_selector(f"body[data-jp-theme-light='{dark}']", state="attached")
    notebook.page.wait_for_timeout(300)


def shoot(notebook: Notebook, place: int, shots: Path, name: str) -> None:
    """The cell's output in both themes."""
    for look in ("Light", "Dark"):
        theme(notebook, f"JupyterLab {look}")
        notebook.output(place).screenshot(path=shots / f"{name}_{look.lower()}.png")
    theme(notebook, "JupyterLab Light")
