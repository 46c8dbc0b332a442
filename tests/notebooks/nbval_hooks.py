"""Every hook into nbval; the lane copies this file beside the notebooks as their conftest.py.

Another runner of notebooks would have to do what these functions do, and nothing else.
"""

import copy
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
import pytest
from nbval.plugin import IPyNbCell, NbCellError, coalesce_streams

from labapp.author.refuse import faults
from labapp.author.sanitise import altered, first_checked, texts
from labapp.lab.logs import tail
from labapp.lab.processes import start_mark
from labapp.lab.registry import list_labs

#: Seconds to wait for a cell's last output once it has replied; nbval's own 5 are too few on a
#: machine that is busy.
OUTPUT_TIMEOUT = 30
#: A lab has two seconds to be gone after its kernel; this is three times that.
GONE_WITHIN = 6.0
#: An exercise lays the learner's files here, and they are to stay.
ANSWERS = "answers"
RUNS = Path(os.environ.get("LABAPP_RUN", "no-labs-here"))

refused: list[str] = []
seen_notebooks: set[Any] = set()
files_before: dict[Path, set[Path]] = {}


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Leave out pictures and tables, which are tested as functions; their text is compared."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html", "image/svg+xml", "image/png")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, IPyNbCell):
            item.output_timeout = OUTPUT_TIMEOUT


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Before the first cell: refuse what cannot be judged; remember the files that are there."""
    yield
    if item.parent is None or item.parent in seen_notebooks or not isinstance(item, IPyNbCell):
        return
    seen_notebooks.add(item.parent)
    files_before[item.path] = files_beside(item.path)
    watch_for_death(item)
    if found := faults(item.parent.nb):
        pytest.fail("unfit to be judged: " + "; ".join(found), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """After a cell: its check must be one that a wrong reference would fail."""
    yield
    if isinstance(item, IPyNbCell) and item.options["check"] and item.cell.execution_count:
        refuse_vacuous(item)


def refuse_vacuous(item: Any) -> None:
    """Compare the outputs of this very run with a reference that is wrong in one character."""
    reference = copy.deepcopy(coalesce_streams(item.cell.outputs))
    if not reference:
        return  # strict: nothing stored, nothing given; a new output fails by itself
    if all(first_checked(text) is None for text in texts(reference)):
        item.raise_cell_error("Its check is empty: the sanitiser replaces all of its reference")
    spoil(reference)
    if item.compare_outputs(item.test_outputs, reference):
        item.raise_cell_error("Its check is vacuous: a wrong reference would pass as well")


def spoil(reference: list[Any]) -> None:
    """Change one character that is compared."""
    for output in reference:
        data = output.get("data", {})
        for place, key in ((output, "text"), (data, "text/plain"), (output, "evalue")):
            if isinstance(place.get(key), str) and (wrong := altered(place[key])) is not None:
                place[key] = wrong
                return


def watch_for_death(item: Any) -> None:
    """nbval waits out a cell's whole time-out for a kernel that has died; look every second."""
    kernel = item.parent.kernel
    wait = kernel.await_reply

    def await_reply(msg_id: str, timeout: float | None = None) -> None:
        end = time.monotonic() + (timeout or 0)
        while True:
            try:
                return wait(msg_id, timeout=min(1.0, max(0.01, end - time.monotonic())))
            except Empty:
                if not kernel.is_alive():
                    raise NbCellError(0, "The kernel died in this cell", "") from None
                if time.monotonic() >= end:
                    raise

    kernel.await_reply = await_reply


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After the last cell of a notebook: nothing of it may be left."""
    last = isinstance(item, IPyNbCell) and (nextitem is None or nextitem.parent is not item.parent)
    below = processes_below(item.parent.kernel) if last else []
    yield
    if last and (left := what_is_left(item, below)):
        for pid in living(below):
            psutil.Process(pid).kill()  # or the notebooks after this one would be blamed for it
        pytest.fail(f"the notebook left behind: {', '.join(left)}", pytrace=False)


def processes_below(kernel: Any) -> list[tuple[int, str | None]]:
    try:
        children = psutil.Process(kernel.km.provisioner.pid).children(recursive=True)
    except (psutil.Error, AttributeError):
        return []
    return [(child.pid, start_mark(child.pid)) for child in children]


def what_is_left(item: Any, below: list[tuple[int, str | None]]) -> list[str]:
    """Labs (with their ports and keys), processes and files that outlive the notebook's kernel."""
    declared = {ANSWERS, *item.parent.nb.metadata.get("labapp", {}).get("leaves", [])}
    new = files_beside(item.path) - files_before.get(item.path, set())
    files = [path.name for path in sorted(new) if path.name not in declared]
    end = time.monotonic() + GONE_WITHIN
    while ((left := living(below)) or labs()) and time.monotonic() < end:
        time.sleep(0.05)
    return labs() + [f"process {pid}" for pid in left] + [f"file {name}" for name in files]


def labs() -> list[str]:
    return [f"lab {lab}" for lab in list_labs(RUNS)] if RUNS.exists() else []


def living(below: list[tuple[int, str | None]]) -> list[int]:
    """Processes that the kernel had, or that carry the mark of this run in their environment."""
    marked = {process.pid for process in psutil.process_iter() if carries_our_mark(process)}
    return sorted(marked | {pid for pid, mark in below if mark and start_mark(pid) == mark})


def carries_our_mark(process: psutil.Process) -> bool:
    try:
        ours = process.environ().get("LABAPP_RUN") == str(RUNS)
        return ours and process.pid not in (os.getpid(), os.getppid())
    except psutil.Error:
        return False


def files_beside(notebook: Path) -> set[Path]:
    """What stands in the notebook's folder, one level deep; caches aside."""
    return {path for path in notebook.parent.iterdir() if path.name[0] not in "._"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[Any]:
    """Name notebook, cell and cause in a line, and lay the services' last words beside it."""
    report = yield
    if report.failed and isinstance(item, IPyNbCell):
        cause = cause_of(call.excinfo.value if call.excinfo else None)
        where = f"{item.path.name}, code cell {item.cell_num + 1} ({item.cell.get('id', '')})"
        refused.append(f"{where}: {cause}")
        for log in sorted(RUNS.glob("*/*.log")):
            report.sections.append((f"the lab's {log.name}", "\n".join(tail(log, 20))))
    return report


def cause_of(error: BaseException | None) -> str:
    """One line: what nbval says, and the last line of what lies under it."""
    under = str(getattr(error, "inner_traceback", None) or "")
    plain = re.sub(r"\x1b\[[0-9;]*m|\x1b\[9\dm", "", under)
    words = [line.strip() for line in plain.splitlines() if line.strip()]
    last = [line for line in words if not set(line) <= set("<>= ")][-1:]
    return ": ".join([str(error).strip(), *last])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in refused:
        terminalreporter.write_line(f"REFUSED {line}")
