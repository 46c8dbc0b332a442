"""What a learner downloads and keeps; runs only when asked for: pytest -m slow tests/packaging."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
LIMIT_MB = 520


def size_mb(folder: Path) -> float:
    """Megabytes on disk (blocks, as du counts), each hard link once."""
    seen: dict[int, int] = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        seen[status.st_ino] = status.st_blocks * 512
    return sum(seen.values()) / 1e6


@pytest.fixture
def install_base(checkout: Path, tmp_path: Path) -> Callable[..., Path]:
    """Install the base set into a new environment, as `make lab` does, and return it."""

    def install(path: str) -> Path:
        venv = tmp_path / "venv"
        program = checkout / "labapp" / "desk" / "install.py"
        command = [sys.executable, "-I", str(program), "base", "--venv", str(venv)]
        command += ["--lock", "requirements.lock"]
        environ = os.environ | {"PATH": path}
        subprocess.run(command, cwd=checkout, env=environ, check=True)
        return venv

    return install


def test_the_base_install_stays_small_and_is_compiled(
    install_base: Callable[..., Path], record_property: Callable[[str, object], None]
) -> None:
    venv = install_base(os.environ["PATH"])
    size = size_mb(venv)
    record_property("base_install_mb", round(size))
    print(f"base install: {size:.0f} MB")
    assert size < LIMIT_MB
    assert_it_is_compiled(venv)


def test_without_uv_pip_installs_the_same(
    install_base: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "uv"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    venv = install_base(f"{broken.parent}:/usr/bin:/bin")
    assert size_mb(venv) < LIMIT_MB
    assert_it_is_compiled(venv)


def assert_it_is_compiled(venv: Path) -> None:
    package = next(venv.glob("lib/python3*/site-packages/celery"))
    sources = {path.stem for path in package.glob("*.py")}
    compiled = {path.name.split(".")[0] for path in (package / "__pycache__").glob("*.pyc")}
    assert sources <= compiled
