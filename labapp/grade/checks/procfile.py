"""The worker's command in a Procfile, as a shell would read it."""

from __future__ import annotations

import shlex
from pathlib import Path

#: What may stand before a command and changes nothing of it.
BEFORE = ("exec", "env")


def argv_of_worker(folder: Path) -> list[str]:
    """The worker's command as the Procfile has it, from `celery` on; empty where there is none."""
    lines = (folder / "Procfile").read_text("utf-8", "replace").splitlines()
    for line in lines:
        name, _, command = line.partition(":")
        if name.strip() != "worker":
            continue
        try:
            argv = shlex.split(command, comments=True)
        except ValueError:
            return []
        while argv and (argv[0] in BEFORE or "=" in argv[0]):  # NAME=value before a command
            argv = argv[1:]
        if argv[:1] and argv[0].startswith("python") and argv[1:3] == ["-m", "celery"]:
            argv = argv[2:]
        if argv[:1] == ["celery"] and "worker" in argv:
            return argv
    return []


def argv_of_report(folder: Path) -> list[str]:
    """The worker's command with `report` for `worker`; empty where there is none."""
    argv = argv_of_worker(folder)
    if not argv:
        return []
    # What stands behind `worker` are its own options: `report` takes none of them.
    return [*argv[: argv.index("worker")], "report", *_misplaced(argv)]


def queues_named(argv: list[str]) -> list[str]:
    """The queues that -Q names, in each way to write it; none where the app's own are meant."""
    named = ""
    for one, after in zip(argv, [*argv[1:], ""], strict=True):
        if one in ("-Q", "--queues"):
            named = after
        elif one.startswith("--queues="):
            named = one.partition("=")[2]
        elif one.startswith("-Q"):
            named = one[2:].removeprefix("=")
    return [queue.strip() for queue in named.split(",") if queue.strip()]


def _misplaced(argv: list[str]) -> list[str]:
    """An -A behind the command, which Celery no longer takes there; it is left for it to refuse."""
    behind = argv[argv.index("worker") :]
    return [one for one in behind if one.startswith(("-A", "--app"))]
