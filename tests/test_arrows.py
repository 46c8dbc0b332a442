"""The arrows of the house run one way (DESIGN: the contracts are in pyproject.toml)."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the labapp that stands in `folder`."""
    command = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_arrows_hold(checkout: Path) -> None:
    told = lint(checkout)
    assert told.returncode == 0, told.stdout
    assert "0 broken" in told.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("progress.py", "import labapp.tasks", "progress are leaves"),
        ("record/store.py", "import labapp.display", "leaves"),
        ("tasks/app.py", "from labapp.lab import Stack", "tasks know progress alone"),
        ("live/feed.py", "import labapp.tasks", "live knows progress alone"),
        ("web/api.py", "import labapp.show", "web knows tasks"),
        ("lab/stack.py", "import labapp.show", "Arrows run down"),
        ("lab/part.py", "def draw(): import ipywidgets", "draw nothing"),
        ("show/__init__.py", "import labapp.cli", "Arrows run down"),
        ("desk/copies.py", "import labapp.author", "Arrows run down"),
    ],
)
def test_an_arrow_that_runs_up_is_refused(
    module: str, line: str, contract: str, checkout: Path, tmp_path: Path
) -> None:
    shutil.copy(checkout / "pyproject.toml", tmp_path)
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(checkout / "labapp", tmp_path / "labapp", ignore=without_caches)
    with (tmp_path / "labapp" / module).open("a") as source:
        source.write(f"\n{line}\n")
    told = lint(tmp_path)
    assert told.returncode == 1
    verdicts = re.findall(r"(.+?) (KEPT|BROKEN)", " ".join(told.stdout.split()))
    assert any(contract in name for name, verdict in verdicts if verdict == "BROKEN"), told.stdout


def test_what_runs_inside_the_services_imports_nothing_else_of_the_lab() -> None:
    graph = grimp.build_graph("labapp", cache_dir=None)
    boot = {"labapp.lab.boot"} | graph.find_descendants("labapp.lab.boot")
    imported = {name for module in boot for name in graph.find_modules_directly_imported_by(module)}
    allowed = boot | {"labapp"}
    assert {name for name in imported if name.startswith("labapp")} <= allowed


def test_importing_labapp_loads_nothing_heavy() -> None:
    program = (
        "import sys, labapp; "
        "print(sorted({'IPython', 'celery', 'flask', 'ipywidgets', 'redis'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.stdout.strip() == "[]", told.stderr
