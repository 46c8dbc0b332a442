"""JupyterLab as `make lab` opens it, on a folder of its own, and a Chromium to look at it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.notebooks import EXPOSED, Notebook

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
#: A lab has two seconds to be gone, JupyterLab's kernels one before that; three times both.
GONE_WITHIN = 9.0


@dataclass
class Desk:
    """A running `make lab`: where it is, what it said, and what it leaves behind: nothing."""

    make: subprocess.Popen[bytes]
    log: Path
    mark: str
    my: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    def address(self, patience: float = 60.0) -> str:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.make.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:\S+token=\w+", self.said)
            if found:
                return found.group()
            time.sleep(0.05)
        raise AssertionError(f"JupyterLab did not come up:\n{self.said}")

    def press_ctrl_c(self) -> None:
        """What a terminal does: SIGINT to make and to everything in its process group."""
        os.killpg(self.make.pid, signal.SIGINT)

    def assert_ended(self) -> None:
        """Ended at one Ctrl-C, said so in a sentence, and left no process."""
        self.assert_gone()
        assert "Traceback" not in self.said
        assert "Error" not in self.said

    def assert_gone(self) -> None:
        """As `assert_ended`; but what a test did to a kernel may be in JupyterLab's log."""
        deadline = time.monotonic() + GONE_WITHIN
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.left() == []
        self.make.wait(timeout=5)
        assert "JupyterLab has ended" in self.said

    def left(self) -> list[psutil.Process]:
        """Processes that carry this desk's mark in their environment, JupyterLab's own included."""
        return [process for process in psutil.process_iter() if self._marked(process)]

    def _marked(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("LABAPP_RUN") == self.mark
        except psutil.Error:
            return False


@pytest.fixture
def open_desk(checkout: Path, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Run `make lab` with options, `open_desk("--port", "9000")`; ended when the test is over."""
    with desks_in(checkout, tmp_path) as start:
        yield start


@contextmanager
def desks_in(checkout: Path, folder: Path) -> Iterator[Callable[..., Desk]]:
    """Run `make lab` any number of times, each on a folder of its own; all of it ends with this."""
    desks: list[Desk] = []

    def start(*options: str) -> Desk:
        own = folder / f"desk{len(desks)}"
        own.mkdir()
        log, mark = own / "make-lab.log", str(own / "labs")
        environ = os.environ | {
            "LABAPP_MY": str(own / "my"),
            "LABAPP_RUN": mark,
            "LABAPP_RECORD": str(own / "record.sqlite3"),
        }
        # The environment that runs this test is the one that is wanted: make shall not set up.
        settled = ["-o", f"{sys.prefix}/.labapp-base", f"VENV={sys.prefix}"]
        command = ["make", *settled, "lab", "ARGS=" + " ".join(["--no-browser", *options])]
        with log.open("wb") as stream:
            make = subprocess.Popen(
                command,
                cwd=checkout,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        desks.append(Desk(make=make, log=log, mark=mark, my=own / "my"))
        return desks[-1]

    try:
        yield start
    finally:
        for desk in desks:
            for process in desk.left():
                process.kill()
            desk.make.wait()


@pytest.fixture(scope="session")
def chromium(need: Callable[..., str]) -> Iterator[Browser]:
    with browsing(need(browser_program(), "Chromium or Chrome")) as browser:
        yield browser


def browser_program() -> str | None:
    """Where Chromium or Chrome is, if it is anywhere."""
    on_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    return on_path or (str(MAC_BROWSER) if MAC_BROWSER.exists() else None)


@contextmanager
def browsing(program: str) -> Iterator[Browser]:
    """This browser, without a window, for as long as the block lasts."""
    # Root, as in containers, has no sandbox; the page shown is the kit's own.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 860})
    yield page
    page.close()


@pytest.fixture(scope="module")
def desk(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One JupyterLab for the tests of a module, each of which opens a notebook of its own."""
    with desks_in(checkout, tmp_path_factory.mktemp("desk")) as start:
        desk = start(*EXPOSED)
        desk.address()
        yield desk
        desk.press_ctrl_c()
        desk.assert_gone()


@pytest.fixture
def notebook(desk: Desk, chromium: Browser) -> Iterator[Notebook]:
    page = chromium.new_page(viewport={"width": 1280, "height": 1400})
    notebook = Notebook(page, desk)
    yield notebook
    page.evaluate("window.jupyterapp?.shell.currentWidget?.sessionContext.shutdown()")
    page.close()
    assert notebook.errors == []


@pytest.fixture(scope="session")
def shots(checkout: Path) -> Path:
    """Where pictures are kept for people to look at."""
    folder = checkout / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def screenshot(shots: Path) -> Callable[[str], Path]:
    """Where the picture of this name is kept."""
    return lambda name: shots / f"{name}.png"
