"""Installs the kit into a virtual environment: what `make` runs before anything else.

It runs on a bare interpreter, before the kit exists, so it imports the standard library alone and
is started as a file (`python3 -I labapp/desk/install.py base`), never as a module of labapp.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: What builds the kit's own metadata; installed from the lock, so that the build is locked too.
BUILD_BACKEND = ["hatchling", "editables"]
TARGETS = {"base": ".", "test": ".[test]"}
#: Packages that bring their own test suites along: 27 MB that nobody runs here.
BRING_TESTS = ("matplotlib", "mpl_toolkits", "numpy", "tornado")


class InstallError(Exception):
    """Set-up cannot go on; the text says why, and the way out."""


def main(argv: list[str] | None = None) -> int:
    """Install `base` (a learner's set) or `test`, and leave a stamp for make; the exit code."""
    parser = argparse.ArgumentParser(description="Install the lab kit into a virtual environment.")
    parser.add_argument("target", choices=list(TARGETS))
    parser.add_argument("--venv", type=Path, default=Path(".venv"))
    parser.add_argument("--lock", default="", help="constraints; empty for the newest versions")
    options = parser.parse_args(argv)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled imports start 2 to 4 times faster
    begun = time.monotonic()
    try:
        python = make_venv(options.venv.absolute())
        install(python, TARGETS[options.target], options.lock)
        drop_test_suites(options.venv)
    except InstallError as error:
        print(f"Set-up stopped: {error}", file=sys.stderr)
        return 1
    stamp(options.venv, options.target)
    say(f"Set up in {time.monotonic() - begun:.0f} s. The next time starts at once.")
    return 0


def make_venv(venv: Path) -> Path:
    """Return the interpreter of `venv`, made new when missing, moved or without its Python."""
    python = venv / "bin" / "python"
    if not _serves(venv, python):
        if venv.exists() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").exists():
            raise InstallError(f"{venv} is a folder of something else; name another with VENV=.")
        say(f"Making a virtual environment in {venv.name} with Python {sys.version.split()[0]}")
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True
        )
        if made.returncode:
            raise InstallError(_why_no_venv(made.stdout + made.stderr))
    return python


def install(python: Path, target: str, lock: str) -> None:
    """Install the kit, editable, with uv; with pip where uv cannot be had or fails."""
    constraints = ["--constraint", lock] if lock else []
    wanted = [[*BUILD_BACKEND], ["--no-build-isolation", "--editable", target]]
    with tempfile.TemporaryDirectory(prefix="labapp-uv-") as folder:
        uv = find_uv(python, lock, Path(folder))
        if uv is not None:
            say(f"Installing {target} with uv, exact versions from {lock or 'no lock: the newest'}")
            command = [*uv, "pip", "install", "--python", str(python), "--compile-bytecode"]
            if all(_run([*command, *constraints, *what]) for what in wanted):
                return
            say("uv did not manage; pip does it instead (a minute or two)")
        else:
            say(f"Installing {target} with pip (a minute or two; uv could not be had)")
    command = [*_pip(python), "install", "--compile"]
    if not all(_run([*command, *constraints, *what]) for what in wanted):
        raise InstallError(
            "pip could not install the packages; its last lines above say why. Without a network, "
            "or behind a proxy or a mirror, set pip up for it first, then run make again."
        )


def drop_test_suites(venv: Path) -> None:
    """Remove the test suites of a few large packages, which none of their own modules imports.

    SQLAlchemy, the result store of a lesson, takes about their room.
    """
    for package in BRING_TESTS:
        for root in venv.glob(f"lib/python3*/site-packages/{package}"):
            for suite in [*root.rglob("tests"), *root.rglob("test")]:
                if suite.is_dir():
                    shutil.rmtree(suite)


def find_uv(python: Path, lock: str, folder: Path) -> list[str] | None:
    """Return the command of a uv: the one on PATH, else one that pip puts into `folder`.

    It stays out of the virtual environment, where it would be the largest package of all.
    """
    found = shutil.which("uv")
    if found:
        return [found]
    say("Fetching uv, the installer (once)")
    command = [*_pip(python), "install", "--quiet", "--no-deps", "--target", str(folder)]
    if not _run([*command, _pinned("uv", lock)]):
        return None
    return [str(folder / "bin" / "uv")]


def stamp(venv: Path, target: str) -> None:
    """Tell make what is installed, and for which place of the checkout."""
    (venv / ".labapp-checkout").write_text(f"{CHECKOUT}\n")
    for name in ("base", "test") if target == "test" else ("base",):
        (venv / f".labapp-{name}").write_text("")


def say(text: str) -> None:
    print(f"- {text}", flush=True)


def _serves(venv: Path, python: Path) -> bool:
    """Whether the environment runs, and its scripts still name the place where it stands."""
    checkout = venv / ".labapp-checkout"
    if checkout.exists() and checkout.read_text().strip() != str(CHECKOUT):
        return False
    if not python.exists():
        return False
    recent = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-c", recent], capture_output=True).returncode == 0


def _why_no_venv(output: str) -> str:
    if "ensurepip" in output:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            f"this Python cannot make virtual environments: its venv package is missing. "
            f"On Debian and Ubuntu: sudo apt install python{version}-venv, then run make again."
        )
    return f"the virtual environment could not be made: {output.strip()[-400:]}"


def _pip(python: Path) -> list[str]:
    """pip's command in the environment; an environment made by uv gets a pip first."""
    pip = [str(python), "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode:
        _run([str(python), "-m", "ensurepip", "--upgrade"])
    return [*pip, "--disable-pip-version-check"]


def _pinned(name: str, lock: str) -> str:
    """`name==version` as the lock has it; the bare name without a lock."""
    text = Path(lock).read_text() if lock else ""
    found = re.search(rf"^{re.escape(name)}==\S+", text, re.MULTILINE)
    return found.group() if found else name


def _run(command: list[str]) -> bool:
    """Run a step from the checkout; a quiet one where nobody watches a progress bar."""
    quiet = [] if sys.stdout.isatty() or "install" not in command else ["--quiet"]
    try:
        return subprocess.run([*command, *quiet], cwd=CHECKOUT).returncode == 0
    except OSError as error:
        say(f"{command[0]} did not start: {error}")
        return False


if __name__ == "__main__":
    sys.exit(main())
