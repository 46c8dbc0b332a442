"""`labapp doctor`: can this machine run the lab? One line each, with the remedy."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from labapp.lab.boot.ports import free_port
from labapp.lab.discovery import find_server
from labapp.lab.errors import LabError
from labapp.lab.folder import labs_home, make_folder
from labapp.lab.processes import start_mark
from labapp.lab.redis_part import examine

#: What a line says: passed or not, what was found, and what to do about it.
Finding = tuple[bool, str, str]
ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
#: The packages without which no lab starts.
REQUIRED = ("celery", "kombu", "redis", "flask", "waitress", "ipywidgets", "anywidget", "psutil")
SETUP = "Run `make setup` in the checkout."
LOGS = "Mend what this says; `labapp up` runs the lab here and shows its logs."


def run_doctor(lock: Path = LOCK) -> int:
    """Print every finding; the exit code is the number of failures, 100 at most."""
    failures = 0
    for name, (passed, found, remedy) in examine_machine(lock):
        failures += not passed
        print(f"{'ok  ' if passed else 'FAIL'}  {name}: {found}", flush=True)
        if not passed:
            print(f"      -> {remedy}", flush=True)
    print("All well." if not failures else f"{failures} to mend.")
    return min(failures, 100)


def examine_machine(lock: Path = LOCK) -> Iterator[tuple[str, Finding]]:
    """The checks in the order in which the lab needs what they look at."""
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("python", check_python),
        ("packages", lambda: check_packages(lock)),
        ("bytecode", check_bytecode),
        ("redis", check_redis),
        ("ports", check_ports),
        ("folder", check_folder),
        ("processes", check_processes),
    ]
    for name, check in checks:
        yield name, _guarded(check)
    yield from check_lab()


def check_python() -> Finding:
    """3.11 or newer, on a system that can run Redis."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.platform == "win32":
        return False, f"{version} on Windows", "Run the kit in WSL: https://aka.ms/wsl"
    passed = sys.version_info >= (3, 11)
    return passed, version, "Install Python 3.11 or newer and run `make setup` again."


def check_packages(lock: Path = LOCK) -> Finding:
    """What is installed is what the lock says."""
    if not lock.exists():
        return True, "no lock beside this install, so nothing to compare", ""
    wrong, right = [], 0
    for name, pinned in _pins(lock):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if installed == pinned:
            right += 1
        else:
            wrong.append(f"{name} {installed} instead of {pinned}")
    missing = [name for name in REQUIRED if not _installed(name)]
    if missing:
        return False, f"missing: {', '.join(missing)}", SETUP
    if wrong:
        return False, "; ".join(wrong[:5]), SETUP
    return True, f"{right} as locked", ""


def _pins(lock: Path) -> Iterator[tuple[str, str]]:
    """Name and version of each line of the lock that is meant for this machine."""
    from packaging.requirements import Requirement

    for line in lock.read_text().splitlines():
        if "==" not in line or line.startswith(("#", " ")):
            continue
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate():
            yield pin.name, str(pin.specifier).removeprefix("==")


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def check_bytecode() -> Finding:
    """Compiled bytecode: without it every start takes two to three times as long."""
    spec = importlib.util.find_spec("celery")
    if spec is None or spec.origin is None:
        return False, "celery is not installed", SETUP
    cached = Path(importlib.util.cache_from_source(spec.origin))
    remedy = f"Run `{sys.executable} -m compileall -q {Path(spec.origin).parent.parent}`."
    return cached.exists(), "compiled" if cached.exists() else "libraries are not compiled", remedy


def check_redis() -> Finding:
    """Which server a lab would use, and that it is new enough."""
    given = os.environ.get("LABAPP_REDIS_URL")
    return True, examine(given) if given else str(find_server()), ""


def check_ports() -> Finding:
    """A free loopback port can be had."""
    return True, f"a free loopback port can be had ({free_port()})", ""


def check_folder() -> Finding:
    """The place for the labs' folders is writable and private."""
    folder = make_folder()
    folder.rmdir()
    return True, f"{labs_home()} is writable", ""


def check_processes() -> Finding:
    """Processes can be told apart by their start time, which ending them relies on."""
    return start_mark(os.getpid()) is not None, "start times can be read", "Mount /proc."


def check_lab() -> Iterator[tuple[str, Finding]]:
    """Start a whole lab, send a task through it, end it."""
    from labapp.lab.stack import Stack

    stack = Stack(concurrency=1)
    try:
        stack.start()
    except LabError as error:
        yield "lab starts", (False, str(error), LOGS)
        return
    try:
        yield "lab starts", (True, ", ".join(f"{p.name} {p.state}" for p in stack.parts()), "")
        health = stack.health()
        wrong = [f"{check.name}: {check.said}" for check in health.checks if not check.ok]
        yield "round trip", (health.ok, "; ".join(wrong) or "a message went there and back", LOGS)
    finally:
        stack.stop()


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except LabError as error:
        said = str(error)
        cut = said.find(". ") + 1
        return (False, said[:cut], said[cut:].strip()) if cut else (False, said, SETUP)
    except OSError as error:
        return False, str(error), "Ask whoever runs this machine."
