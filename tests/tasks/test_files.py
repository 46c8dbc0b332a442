"""Tasks open only what is inside the data folder, whatever their arguments say."""

import os
from pathlib import Path

import pytest

from labapp.tasks.app import create_app
from labapp.tasks.files import NotInDataFolderError, inside, open_inside, text_files
from labapp.tasks.word_count import CHUNK, chunks, word_count

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "inside.txt").write_text("inside")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def context(folder):
    with create_app({"DATA_FOLDER": folder}).app_context():
        yield


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../secret.txt", "sub/../../secret.txt", "..", "missing.txt", "inside.txt/x",
        "nul\0byte", "x" * 5000, "\ud800",
    ],
    ids=lambda path: ascii(path)[:20],
)  # fmt: skip
def test_a_path_that_leads_out_or_nowhere_is_refused_in_a_sentence(path):
    with pytest.raises(NotInDataFolderError, match="is refused: "):
        word_count.run(path)


def test_a_link_that_leads_out_is_refused(folder):
    (folder / "link.txt").symlink_to("../secret.txt")
    (folder / "linked").symlink_to("..")
    for path in ("link.txt", "linked/secret.txt", "linked"):
        with pytest.raises(NotInDataFolderError):
            word_count.run(path)


def test_a_link_that_leads_out_is_not_counted_with_its_folder(folder):
    (folder / "link.txt").symlink_to("../secret.txt")
    (folder / "linked").symlink_to("..")
    assert word_count.run()["files"] == ["inside.txt"]


def test_a_link_inside_the_folder_is_followed_once(folder):
    (folder / "also.txt").symlink_to("inside.txt")
    assert word_count.run()["files"] == ["inside.txt"]
    assert inside("also.txt") == folder / "inside.txt"


def test_a_link_put_in_place_of_a_checked_file_is_not_followed(folder):
    checked = text_files("inside.txt")[0]
    checked.unlink()
    checked.symlink_to("../secret.txt")
    with pytest.raises(NotInDataFolderError, match="cannot be opened"):
        open_inside(checked)


def test_a_link_put_in_place_of_a_checked_folder_is_not_followed(folder, tmp_path):
    for place in (folder / "sub", tmp_path / "elsewhere"):
        place.mkdir()
        (place / "text.txt").write_text(place.name)
    checked = text_files("sub")[0]
    (folder / "sub").rename(folder / "moved")
    (folder / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotInDataFolderError, match="cannot be opened"):
        open_inside(checked)


def test_a_file_that_goes_away_is_told_without_where_it_was(folder):
    checked = text_files("inside.txt")[0]
    checked.unlink()
    with pytest.raises(NotInDataFolderError) as refused:
        open_inside(checked)
    assert str(folder) not in str(refused.value)


def test_a_pipe_put_in_place_of_a_checked_file_is_not_waited_for(folder, monkeypatch):
    checked = text_files("inside.txt")[0]
    # What looked at the path before it was opened would have seen a file.
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    checked.unlink()
    os.mkfifo(checked)
    with pytest.raises(NotInDataFolderError, match="not a regular file"):
        open_inside(checked)


def test_opening_leaves_no_descriptor_behind(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "text.txt").write_text("x")
    os.mkfifo(folder / "sub" / "pipe")
    before = open_descriptors()
    open_inside(folder / "sub" / "text.txt").close()
    for wrong in ("pipe", "missing"):
        with pytest.raises(NotInDataFolderError):
            open_inside(folder / "sub" / wrong)
    assert open_descriptors() == before


def test_a_link_to_itself_does_not_spoil_its_folder(folder):
    (folder / "loop.txt").symlink_to("loop.txt")
    assert word_count.run()["files"] == ["inside.txt"]


def test_a_pipe_is_no_text(folder):
    os.mkfifo(folder / "pipe.txt")
    with pytest.raises(NotInDataFolderError, match="not a regular file"):
        word_count.run("pipe.txt")


def test_whether_a_file_exists_outside_cannot_be_asked():
    def answer(path):
        with pytest.raises(NotInDataFolderError) as refused:
            inside(path)
        return str(refused.value).replace(path, "")

    assert answer("../secret.txt") == answer("../nothing.txt")


def test_no_word_is_cut_between_two_chunks(folder):
    words = "väterchen " * (CHUNK // 5)
    (folder / "inside.txt").write_text(words)
    assert word_count.run("inside.txt")["top"] == {"väterchen": CHUNK // 5}


def test_a_text_without_a_gap_is_read_in_bounded_pieces(folder):
    (folder / "inside.txt").write_bytes(b"x" * (10 * CHUNK))
    assert max(len(chunk) for chunk in chunks(folder / "inside.txt")) <= 2 * CHUNK


def test_bytes_that_are_no_text_do_no_harm(folder):
    (folder / "inside.txt").write_bytes(bytes(range(256)) * 100)
    assert word_count.run("inside.txt")["words"] > 0


def test_without_a_data_folder_the_bundled_texts_are_counted(monkeypatch):
    monkeypatch.delenv("LABAPP_DATA", raising=False)
    with create_app().app_context():
        counted = word_count.run()
    assert len(counted["files"]) == 5
    assert counted["words"] > 1000


def open_descriptors():
    return len(list(Path("/dev/fd").iterdir()))
