"""A learner's files are laid once, never written over, and kept when they begin anew."""

from pathlib import Path

import pytest

from labapp.grade.answer import MOST_BYTES, copy_answer, digest, is_changed, lay, reset
from labapp.grade.errors import AnswerError
from labapp.grade.manifest import Manifest

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "answers" / "05_arguments"


def test_the_broken_files_are_laid_where_there_are_none(parcels: Manifest, folder: Path) -> None:
    assert lay(parcels, folder) == ["parcels.py"]
    assert not is_changed(parcels, folder)
    assert lay(parcels, folder) == []


def test_a_mended_file_is_never_written_over(parcels: Manifest, folder: Path) -> None:
    lay(parcels, folder)
    (folder / "parcels.py").write_text("mine")
    assert lay(parcels, folder) == []
    assert (folder / "parcels.py").read_text() == "mine"
    assert is_changed(parcels, folder)


def test_a_file_that_was_there_before_the_kit_is_left_alone(
    parcels: Manifest, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / "parcels.py").write_text("mine")
    lay(parcels, folder)
    assert (folder / "parcels.py").read_text() == "mine"


def test_an_untouched_file_is_brought_up_to_date(
    parcels: Manifest, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older"
    older.mkdir()
    (older / "parcels.py").write_text("an older version")
    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "broken", older)
        lay(parcels, folder)
    assert lay(parcels, folder) == ["parcels.py"]
    assert not is_changed(parcels, folder)


def test_reset_keeps_what_was_there_beside_it(parcels: Manifest, folder: Path) -> None:
    for text in ("first", "second"):
        lay(parcels, folder)
        (folder / "parcels.py").write_text(text)
        (folder / "more.py").write_text(text)
        kept = reset(parcels, folder)
        assert kept is not None
        assert (kept / "parcels.py").read_text() == (kept / "more.py").read_text() == text
        assert not is_changed(parcels, folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "05_arguments",
        "05_arguments-mine-1",
        "05_arguments-mine-2",
    ]


def test_a_deleted_file_comes_back(parcels: Manifest, folder: Path) -> None:
    lay(parcels, folder)
    (folder / "parcels.py").unlink()
    assert lay(parcels, folder) == ["parcels.py"]


def test_caches_hidden_files_and_links_are_no_part_of_an_answer(
    parcels: Manifest, folder: Path, tmp_path: Path
) -> None:
    lay(parcels, folder)
    before = digest(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "parcels.pyc").write_text("x")
    (folder / ".hidden").write_text("x")
    (folder / "link.py").symlink_to("/etc/hostname")
    assert digest(folder) == before
    copy = tmp_path / "copy"
    copy.mkdir()
    copy_answer(folder, copy)
    assert [path.name for path in copy.iterdir()] == ["parcels.py"]


def test_an_answer_of_another_size_is_refused_in_a_sentence(
    parcels: Manifest, folder: Path, tmp_path: Path
) -> None:
    lay(parcels, folder)
    (folder / "film.py").write_bytes(bytes(MOST_BYTES))
    with pytest.raises(AnswerError, match="more than an answer may"):
        copy_answer(folder, tmp_path)


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    parcels: Manifest, tmp_path: Path
) -> None:
    (tmp_path / "answers").write_text("a file where the folder should be")
    with pytest.raises(AnswerError, match="cannot be written"):
        lay(parcels, tmp_path / "answers" / "05_arguments")
