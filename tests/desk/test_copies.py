"""The learner's copies are made, kept up to date, and never overwritten."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.desk.copies import MANIFEST, lay_copies
from labapp.desk.place import DeskError

Edit = Callable[..., None]
FIRST = "notebooks/00_start_here.ipynb"


def test_the_first_round_copies_every_tree_there_is(kit: Path, my: Path) -> None:
    report = lay_copies(kit, my)
    assert (my / FIRST).read_bytes() == (kit / FIRST).read_bytes()
    assert (my / "notebooks/images/map.svg").exists()
    assert report.made == [FIRST, "notebooks/images/map.svg"]
    assert not (my / "exercises").exists()


def test_a_second_round_does_nothing_and_says_nothing(kit: Path, my: Path) -> None:
    lay_copies(kit, my)
    before = {path: path.stat().st_mtime_ns for path in my.rglob("*.*") if path.name != MANIFEST}
    assert lay_copies(kit, my).sentences() == []
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())


def test_an_untouched_copy_follows_the_kit(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    edit(kit / FIRST, "2 + 2")
    assert lay_copies(kit, my).refreshed == [FIRST]
    assert "2 + 2" in (my / FIRST).read_text()


def test_a_copy_that_was_only_run_follows_the_kit(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    edit(my / FIRST, "1 + 1", output="what the learner's run gave")
    edit(kit / FIRST, "2 + 2")
    assert lay_copies(kit, my).refreshed == [FIRST]


def test_new_outputs_in_the_kit_do_not_replace_the_learners_run(
    kit: Path, my: Path, edit: Edit
) -> None:
    lay_copies(kit, my)
    edit(my / FIRST, "1 + 1", output="what the learner's run gave")
    edit(kit / FIRST, "1 + 1", output="what another build gave")
    assert lay_copies(kit, my).sentences() == []
    assert "the learner's run" in (my / FIRST).read_text()


def test_new_outputs_in_the_kit_reach_an_untouched_copy(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    edit(kit / FIRST, "1 + 1", output="what another build gave")
    (kit / "notebooks/images/map.svg").write_text("<svg>new</svg>")
    assert lay_copies(kit, my).refreshed == [FIRST, "notebooks/images/map.svg"]
    assert "another build" in (my / FIRST).read_text()


def test_a_changed_copy_is_kept_and_the_update_is_told(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    edit(my / FIRST, "my own work")
    assert lay_copies(kit, my).sentences() == []
    edit(kit / FIRST, "2 + 2")
    report = lay_copies(kit, my)
    assert report.kept == [FIRST]
    assert "newer version" in report.sentences()[0]
    assert "my own work" in (my / FIRST).read_text()


def test_the_update_is_told_again_until_it_is_taken(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    edit(my / FIRST, "my own work")
    edit(kit / FIRST, "2 + 2")
    lay_copies(kit, my)
    assert lay_copies(kit, my).kept == [FIRST]
    (my / FIRST).rename(my / "notebooks" / "mine.ipynb")
    report = lay_copies(kit, my)
    assert (report.made, report.kept) == ([FIRST], [])


def test_a_deleted_copy_comes_back(kit: Path, my: Path) -> None:
    lay_copies(kit, my)
    (my / FIRST).unlink()
    assert lay_copies(kit, my).made == [FIRST]


def test_a_changed_picture_counts_by_its_bytes(kit: Path, my: Path) -> None:
    lay_copies(kit, my)
    (my / "notebooks/images/map.svg").write_text("<svg>mine</svg>")
    (kit / "notebooks/images/map.svg").write_text("<svg>new</svg>")
    assert lay_copies(kit, my).kept == ["notebooks/images/map.svg"]


def test_without_a_manifest_nothing_is_overwritten(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    (my / MANIFEST).write_text("not JSON {")
    edit(my / FIRST, "my own work")
    assert lay_copies(kit, my).kept == [FIRST]
    assert "my own work" in (my / FIRST).read_text()


def test_a_notebook_that_is_no_notebook_any_more_is_kept(kit: Path, my: Path, edit: Edit) -> None:
    lay_copies(kit, my)
    (my / FIRST).write_text('{"cells": [{"cell')
    edit(kit / FIRST, "2 + 2")
    assert lay_copies(kit, my).kept == [FIRST]


def test_what_left_the_kit_is_removed_only_where_it_is_untouched(
    kit: Path, my: Path, edit: Edit
) -> None:
    edit(kit / "notebooks/old.ipynb", "1")
    edit(kit / "notebooks/older.ipynb", "1")
    lay_copies(kit, my)
    edit(my / "notebooks/older.ipynb", "my own work")
    (kit / "notebooks/old.ipynb").unlink()
    (kit / "notebooks/older.ipynb").unlink()
    assert lay_copies(kit, my).removed == ["notebooks/old.ipynb"]
    assert (my / "notebooks/older.ipynb").exists()


def test_the_learners_answers_and_jupyters_checkpoints_are_not_copied(kit: Path, my: Path) -> None:
    for name in ("answers/one/app.py", ".ipynb_checkpoints/a.ipynb", "__pycache__/a.pyc"):
        path = kit / "notebooks" / name
        path.parent.mkdir(parents=True)
        path.write_text("")
    assert lay_copies(kit, my).made == [FIRST, "notebooks/images/map.svg"]


def test_a_folder_that_cannot_be_written_is_told_with_the_way_out(kit: Path, my: Path) -> None:
    my.write_text("a file where the folder should be")
    with pytest.raises(DeskError, match="LABAPP_MY"):
        lay_copies(kit, my)


@pytest.mark.skipif(os.geteuid() != 0, reason="drops to another user, which root alone can")
def test_another_users_folder_is_told_with_the_way_out(kit: Path, my: Path, checkout: Path) -> None:
    my.mkdir(mode=0o755)
    program = (
        "import os, sys; from pathlib import Path; from labapp.desk import copies, place\n"
        "os.setuid(65534)\n"
        "try: copies.lay_copies(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except place.DeskError as error: print(error)"
    )
    for folder in (my.parent, *my.parent.parents):
        if folder.owner() == "root" and folder.name.startswith("pytest"):
            folder.chmod(0o755)
    told = subprocess.run(
        [sys.executable, "-c", program, kit, my], capture_output=True, text=True, cwd=checkout
    )
    assert "cannot be written" in told.stdout, told.stderr
