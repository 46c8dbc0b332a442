"""A learner's notebook is restored on request, and what they had is never lost."""

import json
from pathlib import Path

import pytest

from labapp.author.reset import run_reset
from labapp.desk.copies import lay_copies
from labapp.desk.place import DeskError


def notebook(*sources: str) -> str:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": cells})


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with three notebooks, and a learner's folder that holds its copies."""
    root = tmp_path / "kit"
    for name in ("notebooks/00_start_here", "notebooks/03_build_the_app", "solutions/05_arguments"):
        path = root / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook(name))
    monkeypatch.setenv("LABAPP_MY", str(tmp_path / "my"))
    monkeypatch.chdir(tmp_path)
    lay_copies(root, tmp_path / "my")
    return root


@pytest.fixture
def mine(kit: Path, tmp_path: Path) -> Path:
    """The learner's changed copy of 03."""
    path = tmp_path / "my" / "notebooks" / "03_build_the_app.ipynb"
    path.write_text(notebook("my own words"))
    return path


@pytest.mark.parametrize(
    "asked",
    [
        "03",
        "03_build_the_app",
        "03_build_the_app.ipynb",
        "notebooks/03_build_the_app.ipynb",
        "my/notebooks/03_build_the_app.ipynb",
    ],
)
def test_a_notebook_is_restored_under_each_of_its_names(asked: str, kit: Path, mine: Path) -> None:
    assert run_reset(asked, checkout=kit) == 0
    assert mine.read_text() == notebook("notebooks/03_build_the_app")
    assert mine.with_name("03_build_the_app-mine-1.ipynb").read_text() == notebook("my own words")


def test_each_version_of_the_learner_is_kept(kit: Path, mine: Path) -> None:
    run_reset("03", checkout=kit)
    mine.write_text(notebook("second try"))
    run_reset("03", checkout=kit)
    kept = sorted(path.name for path in mine.parent.glob("*-mine-*"))
    assert kept == ["03_build_the_app-mine-1.ipynb", "03_build_the_app-mine-2.ipynb"]
    assert mine.with_name(kept[1]).read_text() == notebook("second try")


def test_what_was_kept_survives_the_next_start(kit: Path, mine: Path) -> None:
    run_reset("03", checkout=kit)
    lay_copies(kit, mine.parents[1])
    assert mine.with_name("03_build_the_app-mine-1.ipynb").exists()


def test_an_unchanged_notebook_is_left_alone(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_reset("00", checkout=kit) == 0
    assert "nothing to restore" in capsys.readouterr().out
    assert not list((tmp_path / "my").rglob("*-mine-*"))


def test_a_deleted_notebook_comes_back(kit: Path, mine: Path) -> None:
    mine.unlink()
    assert run_reset("03", checkout=kit) == 0
    assert mine.exists()


def test_other_notebooks_of_the_learner_stay_as_they_are(kit: Path, mine: Path) -> None:
    other = mine.with_name("00_start_here.ipynb")
    other.write_text(notebook("mine too"))
    run_reset("03", checkout=kit)
    assert other.read_text() == notebook("mine too")


def test_a_misspelt_name_is_answered_with_the_nearest(kit: Path) -> None:
    with pytest.raises(DeskError, match="Did you mean 03_build_the_app"):
        run_reset("03_bild_the_app", checkout=kit)


def test_a_number_that_fits_two_is_asked_back(kit: Path) -> None:
    (kit / "notebooks" / "05_when_things_fail.ipynb").write_text(notebook("05"))
    with pytest.raises(DeskError, match="Name one of them"):
        run_reset("05", checkout=kit)
