"""An exercise's own file is read whole, or refused by file, field and what is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.grade.errors import ManifestError
from labapp.grade.manifest import CATALOGUE, CHECKS, Manifest, catalogue, find, read_manifest

pytestmark = pytest.mark.unit


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """A copy of an exercise in which one text of its file is another."""

    def change(old: str, new: str) -> Path:
        folder = tmp_path / "05_arguments"
        shutil.copytree(CATALOGUE / "05_arguments", folder)
        path = folder / "exercise.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


@pytest.mark.parametrize("manifest", catalogue().values(), ids=lambda one: one.id)
def test_an_exercise_of_the_catalogue_is_whole(manifest: Manifest) -> None:
    assert (CHECKS / f"{manifest.word}.py").is_file()
    assert len(set(manifest.diagnoses)) >= 4
    assert 10 <= manifest.minutes <= 20
    assert manifest.story
    assert manifest.task
    lines = [
        line
        for name in manifest.files
        for line in (manifest.broken / name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    assert 20 <= len(lines) <= 80


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("minutes = 20", "minutes = 200", "minutes: "),
        ('level = "intermediate"', 'level = "hard"', "level: "),
        ('"q010"', '"q099"', "'q099' is none of q001 to q098"),
        ('files = ["parcels.py"]', 'files = ["redis.py"]', "hides a library"),
        ('files = ["parcels.py"]', 'files = ["../parcels.py"]', "does not stay"),
        ('files = ["parcels.py"]', 'files = ["letters.py"]', "broken/ has no such file"),
        ("set-sent = ", "setSent = ", "not in words-with-hyphens"),
        ('untouched = "', 'untouched = "no-', "none of its diagnoses"),
        ("minutes = 20", "minuts = 20", "minuts: "),
        ('id = "05_arguments"', 'id = "06_arguments"', "not the folder's name"),
        ('title = "', "title = ", "is not TOML"),
    ],
)
def test_a_fault_is_told_with_file_and_field(
    old: str, new: str, told: str, changed: Callable[..., Path]
) -> None:
    with pytest.raises(ManifestError, match=r"^05_arguments") as raised:
        read_manifest(changed(old, new))
    assert told in str(raised.value)


@pytest.mark.parametrize("asked", ["05_arguments", "05", "5", "arguments"])
def test_an_exercise_is_found_by_id_number_and_name(asked: str) -> None:
    assert find(asked).id == "05_arguments"


def test_who_asks_for_what_there_is_not_is_told_what_there_is() -> None:
    with pytest.raises(ManifestError, match=r"Did you mean arguments\?.*03_wrong_urls"):
        find("argumets")


def test_opening_a_folder_without_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"has no exercise\.toml"):
        read_manifest(tmp_path)
