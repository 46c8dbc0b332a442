"""The `labapp` command: thin; every verb is one call into a room, imported when it is used."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Tells a wrong use in sentences: what is wrong, and where to read on."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"labapp: {message}. `{self.prog} --help` lists what there is.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code: 0 done, 1 could not, 2 not understood."""
    if sys.platform == "win32":
        print(
            "The lab runs on Linux and macOS. On Windows it runs in WSL: install it with "
            "`wsl --install`, open Ubuntu, and follow the README there.",
            file=sys.stderr,
        )
        return 1
    options = parser().parse_args(argv)
    arguments = {name: value for name, value in vars(options).items() if name != "verb"}
    try:
        return VERBS[options.verb](**arguments)
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        # The rooms raise these (LabError, DeskError, BuildError) with a sentence for a person.
        print(f"labapp {options.verb}: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The verbs and their options."""
    top = Parser(
        prog="labapp",
        description="A lab for scaling a Python web app with Flask, Celery and Redis.",
    )
    top.add_argument("--version", action="version", version=f"labapp {_version()}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    lab = verbs.add_parser("lab", help="open JupyterLab on your copies of the notebooks")
    lab.add_argument("--port", type=_port, default=8888, help="tried first (8888); else a free one")
    lab.add_argument(
        "--browser",
        action=argparse.BooleanOptionalAction,
        help="open a browser, or only print the address; without it, what can work here",
    )
    lab.add_argument(
        "more", nargs="*", metavar="-- JUPYTER_OPTION", help="further options for JupyterLab"
    )

    up = verbs.add_parser("up", help="run Redis, worker and web app here, logs side by side")
    up.add_argument("--worker", default="labapp.tasks:celery", metavar="MODULE:APP")
    up.add_argument("--web", default="labapp.web:create_app", metavar="MODULE:APP")
    up.add_argument("--concurrency", type=_count, default=2, help="tasks at once (2)")
    up.add_argument("--port", type=_port, help="the web app's port; without it, a free one")

    redis = verbs.add_parser("redis", help="run the lab's Redis server in the foreground")
    redis.add_argument("--port", type=_port, default=6379, help="its port (6379)")

    verbs.add_parser("doctor", help="check this machine, one line a finding, each with a remedy")
    verbs.add_parser("progress", help="show what you tried so far, and how it went")
    verbs.add_parser("ps", help="list your labs that still run")
    verbs.add_parser("clean", help="end your labs that still run")

    check = verbs.add_parser("check", help="judge your answers to the exercises")
    check.add_argument("ids", nargs="*", metavar="ID", help="05_arguments, or 05; all without")
    check.add_argument("--solutions", action="store_true", help="judge the kit's solutions")
    check.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    check.add_argument(
        "--prove", action="store_true", help="authors: put every known answer to its exercise"
    )

    build = verbs.add_parser("build", help="authors: run changed notebooks and store their outputs")
    build.add_argument("--all", action="store_true", dest="everything", help="run every one")

    export = verbs.add_parser("export", help="write the notebooks as pages to read and hand out")
    export.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="build/html; else a new or empty folder"
    )

    reset = verbs.add_parser("reset", help="restore one notebook in my/, and keep yours beside it")
    reset.add_argument("notebook", metavar="NOTEBOOK", help="its number, name or path")

    eject = verbs.add_parser("eject", help="write the app of notebook 03 into a folder of its own")
    eject.add_argument("folder", type=Path, metavar="DIR", help="a new or an empty folder")

    new = verbs.add_parser("new-exercise", help="authors: begin an exercise, with all its files")
    new.add_argument("name", metavar="NAME", help="lower_case_words; its number is the next one")

    report = verbs.add_parser("report", help="write what a helper asks for first, without secrets")
    report.add_argument("file", nargs="?", type=Path, metavar="FILE", help="labapp-report.txt")
    return top


def _port(text: str) -> int:
    return _number(text, 1, 65535, "a port is a number from 1 to 65535")


def _count(text: str) -> int:
    return _number(text, 1, 1000, "it is a number from 1 up")


def _number(text: str, least: int, most: int, rule: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} does not do: {rule}")
    return number


def _lab(*, port: int, browser: bool | None, more: Sequence[str]) -> int:
    from labapp.desk.jupyter import run_lab

    return run_lab(port=port, browser=browser, more=tuple(more))


def _up(*, worker: str, web: str, concurrency: int, port: int | None) -> int:
    from labapp.lab.foreground import run_up

    return run_up(worker=worker, web=web, concurrency=concurrency, web_port=port)


def _redis(*, port: int) -> int:
    from labapp.lab.foreground import run_redis

    return run_redis(port=port)


def _doctor() -> int:
    from labapp.lab.doctor import run_doctor

    return run_doctor()


def _progress() -> int:
    from labapp.lesson.standing import run_progress

    return run_progress()


def _ps() -> int:
    from labapp.lab.registry import run_ps

    return run_ps()


def _clean() -> int:
    from labapp.lab.registry import run_clean

    return run_clean()


def _check(*, ids: Sequence[str], solutions: bool, as_json: bool, prove: bool) -> int:
    if prove:
        from labapp.author.prove import run_prove

        return run_prove(ids)
    from labapp.desk.checking import run_checks

    return run_checks(ids, solutions=solutions, as_json=as_json)


def _new_exercise(*, name: str) -> int:
    from labapp.author.new_exercise import run_new_exercise

    return run_new_exercise(name)


def _build(*, everything: bool) -> int:
    from labapp.author.build import run_build

    return run_build(everything=everything)


def _export(*, folder: Path | None) -> int:
    from labapp.author.export import run_export

    return run_export(folder)


def _reset(*, notebook: str) -> int:
    from labapp.author.reset import run_reset

    return run_reset(notebook)


def _report(*, file: Path | None) -> int:
    from labapp.author.report import run_report

    return run_report(file)


def _eject(*, folder: Path) -> int:
    from labapp.author.eject import run_eject

    return run_eject(folder)


VERBS: dict[str, Callable[..., int]] = {
    "lab": _lab,
    "up": _up,
    "redis": _redis,
    "doctor": _doctor,
    "progress": _progress,
    "ps": _ps,
    "clean": _clean,
    "check": _check,
    "build": _build,
    "new-exercise": _new_exercise,
    "export": _export,
    "reset": _reset,
    "eject": _eject,
    "report": _report,
}


def _version() -> str:
    try:
        return version("celery-redis-lab")
    except PackageNotFoundError:
        return "(not installed)"
