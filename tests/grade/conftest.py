"""Checks in a temporary folder of the test's own, so that what one leaves behind can be found."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from labapp.grade.manifest import Manifest, catalogue

#: Ending is promised at once; what is asked of a busy machine is three seconds.
GONE_WITHIN = 3.0


@pytest.fixture
def parcels() -> Manifest:
    """The exercise that tests of the engine borrow: one module, web and worker."""
    return catalogue()["05_arguments"]


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where checks keep their files during this test; afterwards nothing may be left."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("LABAPP_TEST_MARK", str(folder))
    yield folder
    assert what_is_left(folder) == []


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Path]:
    """A folder with the given files."""

    def write(**files: str) -> Path:
        folder = tmp_path / "answer"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        return folder

    return write


def what_is_left(folder: Path, patience: float = GONE_WITHIN) -> list[str]:
    """Files of checks, and processes that carry this test's mark or work in its folder."""
    end = time.monotonic() + patience
    while (left := _left(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def _left(folder: Path) -> list[str]:
    found = [str(path) for path in folder.glob("labapp-check-*")]
    for process in psutil.process_iter():
        try:
            marked = process.environ().get("LABAPP_TEST_MARK") == str(folder)
            words = [process.cwd(), *process.cmdline()]
            ours = marked or any(str(folder) in word for word in words)
            if ours and process.pid != os.getpid() and "ipykernel_launcher" not in words:
                found.append(f"process {process.pid}: {' '.join(words)}")
        except (psutil.Error, OSError):
            continue
    return found


def until_the_answer_runs(scratch: Path) -> None:
    end = time.monotonic() + 20
    while not list(scratch.glob("labapp-check-*/run/lab-*/web.log")):
        if time.monotonic() > end:
            raise TimeoutError("the check has not begun")
        time.sleep(0.02)
