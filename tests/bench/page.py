"""What a bench of the page runs in: JupyterLab on a folder of its own, and a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser

from tests.bench.by_hand import ROOT, scratch
from tests.browser.conftest import Desk, browser_program, browsing, desks_in
from tests.browser.notebooks import EXPOSED


@contextmanager
def desk_and_browser() -> Iterator[tuple[Desk, Browser]]:
    """Both, for as long as the block lasts; JupyterLab has to end well at one Ctrl-C."""
    program = browser_program()
    assert program, "no Chromium or Chrome here"
    with scratch() as folder, desks_in(ROOT, folder) as start, browsing(program) as browser:
        desk = start(*EXPOSED)
        desk.address()
        yield desk, browser
        desk.press_ctrl_c()
        desk.assert_ended()
