"""Set-up: which commands it runs, and what it says when something is missing."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

INSTALL = "labapp/desk/install.py"


@pytest.fixture
def bare_kit(tmp_path: Path, checkout: Path) -> Path:
    """A checkout that holds only what set-up reads; its folder's name has a space."""
    folder = tmp_path / "my kit"
    (folder / "labapp" / "desk").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements.lock", INSTALL):
        shutil.copy(checkout / name, folder / name)
    return folder


@pytest.fixture
def stub_venv(bare_kit: Path) -> Path:
    """An environment whose python writes down how it was called, and succeeds or not as told."""
    venv = bare_kit / ".venv"
    write_script(venv / "bin" / "python", f'echo "$@" >> "{bare_kit}/calls"; exec 2>&1; exit 0')
    (venv / "pyvenv.cfg").write_text("")
    return venv


def write_script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run(folder: Path, *command: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": path or "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)


def install(folder: Path, target: str = "base", path: str | None = None) -> str:
    options = ["--venv", ".venv", "--lock", "requirements.lock"]
    done = run(folder, sys.executable, "-I", INSTALL, target, *options, path=path)
    return done.stdout + done.stderr


def test_uv_on_path_installs_the_kit_from_the_lock(bare_kit: Path, stub_venv: Path) -> None:
    write_script(bare_kit / "bin" / "uv", f'echo "$@" >> "{bare_kit}/uv-calls"')
    said = install(bare_kit, path=f"{bare_kit}/bin:/usr/bin:/bin")
    calls = (bare_kit / "uv-calls").read_text().splitlines()
    assert "hatchling editables" in calls[0]
    assert "--no-build-isolation --editable ." in calls[1]
    assert all("--constraint requirements.lock" in call for call in calls)
    assert all("--compile-bytecode" in call for call in calls)
    assert "Set up in" in said


def test_the_test_suites_of_large_packages_are_not_kept(bare_kit: Path, stub_venv: Path) -> None:
    site = stub_venv / "lib" / "python3.11" / "site-packages"
    for kept in ("numpy/testing", "celery/tests", "tornado"):
        (site / kept).mkdir(parents=True)
    for suite in ("numpy/_core/tests/examples", "numpy/tests/tests", "tornado/test"):
        (site / suite).mkdir(parents=True)
    write_script(bare_kit / "bin" / "uv", "exit 0")
    assert "Set up in" in install(bare_kit, path=f"{bare_kit}/bin:/usr/bin:/bin")
    left = {str(path.relative_to(site)) for path in site.rglob("*")}
    assert left == {"celery", "celery/tests", "numpy", "numpy/_core", "numpy/testing", "tornado"}


def test_where_uv_fails_pip_does_it(bare_kit: Path, stub_venv: Path) -> None:
    write_script(bare_kit / "bin" / "uv", "exit 1")
    said = install(bare_kit, path=f"{bare_kit}/bin:/usr/bin:/bin")
    assert "pip does it instead" in said
    assert "pip --disable-pip-version-check install --compile --constraint requirements.lock" in (
        bare_kit / "calls"
    ).read_text().replace("-m ", "")


def test_without_uv_the_locked_one_is_fetched_outside_the_environment(
    bare_kit: Path, stub_venv: Path
) -> None:
    install(bare_kit)
    fetch = next(call for call in (bare_kit / "calls").read_text().splitlines() if "uv==" in call)
    assert "--target" in fetch
    assert str(stub_venv) not in fetch


def test_a_failed_install_leaves_no_stamp_and_says_the_way_out(
    bare_kit: Path, stub_venv: Path
) -> None:
    write_script(stub_venv / "bin" / "python", 'case "$*" in *install*) exit 1;; esac')
    said = install(bare_kit)
    assert "behind a proxy" in said
    assert not (stub_venv / ".labapp-base").exists()


def test_the_test_set_includes_the_base_set(bare_kit: Path, stub_venv: Path) -> None:
    install(bare_kit, "test")
    assert (stub_venv / ".labapp-base").exists()
    assert (stub_venv / ".labapp-test").exists()


def test_a_folder_of_something_else_is_never_cleared(bare_kit: Path) -> None:
    (bare_kit / ".venv").mkdir()
    (bare_kit / ".venv" / "thesis.txt").write_text("years of work")
    said = install(bare_kit)
    assert "VENV=" in said
    assert (bare_kit / ".venv" / "thesis.txt").exists()


def test_the_second_make_starts_at_once(bare_kit: Path, stub_venv: Path) -> None:
    write_script(bare_kit / "bin" / "uv", "exit 0")
    path = f"{bare_kit}/bin:{Path(sys.executable).parent}:/usr/bin:/bin"
    first = run(bare_kit, "make", "setup", f"PYTHON={sys.executable}", path=path)
    assert "Set up in" in first.stdout, first.stderr
    again = run(bare_kit, "make", "setup", path=path)
    assert "Installing" not in again.stdout
    os.utime(bare_kit / "requirements.lock")
    stale = run(bare_kit, "make", "setup", f"PYTHON={sys.executable}", path=path)
    assert "Installing" in stale.stdout


@pytest.mark.services  # makes a real virtual environment: seconds
def test_a_moved_checkout_is_set_up_again_in_a_new_environment(
    bare_kit: Path, stub_venv: Path
) -> None:
    write_script(bare_kit / "bin" / "uv", "exit 0")
    install(bare_kit, path=f"{bare_kit}/bin:/usr/bin:/bin")
    moved = bare_kit.rename(bare_kit.with_name("moved"))
    said = run(moved, "make", "-n", "setup").stdout
    assert "install.py" in said
    assert "Making a virtual environment" in install(moved, path=f"{moved}/bin:/usr/bin:/bin")
    assert (moved / ".venv" / "pyvenv.cfg").read_text() != ""


def test_without_a_python_that_is_new_enough_make_says_the_way_out(bare_kit: Path) -> None:
    old = bare_kit / "old"
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        write_script(old / name, 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    told = run(bare_kit, "make", "lab", path=f"{old}:/usr/bin:/bin")
    assert "No Python 3.11 or newer was found; python3 is: Python 3.9.2" in told.stdout
    assert "conda" in told.stdout
    assert told.returncode


def test_an_older_python3_does_not_hide_a_newer_one(bare_kit: Path, stub_venv: Path) -> None:
    bin_ = bare_kit / "bin"
    write_script(bin_ / "python3", "exit 1")
    write_script(bin_ / "python3.13", f'exec "{sys.executable}" "$@"')
    write_script(bin_ / "uv", "exit 0")
    made = run(bare_kit, "make", "setup", path=f"{bin_}:/usr/bin:/bin")
    assert "Set up in" in made.stdout, made.stdout + made.stderr


def test_make_alone_lists_the_verbs(checkout: Path) -> None:
    listed = run(checkout, "make").stdout
    for verb in ("lab", "test", "check", "bench", "soak", "build", "setup", "clean"):
        assert f"make {verb} " in listed
    assert "relock" not in listed
