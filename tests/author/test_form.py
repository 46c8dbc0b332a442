"""Each lesson says how long it takes, how hard it is, what comes before it and what it is for."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from labapp.author.form import form_of
from labapp.author.refuse import faults
from labapp.grade.manifest import catalogue

CHECKOUT = Path(__file__).resolve().parents[2]
LESSONS = sorted((CHECKOUT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MARKUP = re.compile(r"[*`]|\[|\]\([^)]*\)")

GOOD = {
    "minutes": 30,
    "level": "beginner",
    "prerequisites": ["00_start_here"],
    "objectives": ["see a queue grow", "see it shrink again"],
}


def named(path: Path) -> str:
    return path.stem


def said(path: Path) -> tuple[nbformat.NotebookNode, str]:
    notebook = nbformat.read(path, as_version=4)
    return notebook, notebook.cells[0].source


@pytest.mark.parametrize("path", LESSONS, ids=named)
def test_a_lesson_opens_with_what_its_metadata_says(path: Path) -> None:
    notebook, opening = said(path)
    form = form_of(notebook)
    assert form is not None, (
        "give it minutes, level, prerequisites and objectives (docs/lessons.md)"
    )
    assert f"In {form.minutes} minutes" in opening
    bullets = [line[2:] for line in opening.splitlines() if line.startswith("- ")]
    assert [MARKUP.sub("", one).rstrip(".;") for one in bullets] == list(form.objectives)
    for name in form.prerequisites:
        assert f"({name}.ipynb)" in opening


@pytest.mark.parametrize("path", LESSONS, ids=named)
def test_what_comes_before_a_lesson_is_a_lesson_before_it(path: Path) -> None:
    form = form_of(said(path)[0])
    assert form is not None
    assert set(form.prerequisites) <= {one.stem for one in LESSONS if one < path}


def test_the_map_of_the_course_has_each_lesson_and_exercise_with_its_minutes() -> None:
    cells = nbformat.read(LESSONS[0], as_version=4).cells
    (course,) = [cell.source for cell in cells if cell.id == "course"]
    for path in LESSONS:
        form = form_of(said(path)[0])
        assert form is not None
        assert f"({path.name}) | {form.minutes} |" in course
    for name, exercise in catalogue().items():
        assert f"(../exercises/{name}.ipynb) ({exercise.minutes})" in course


def test_a_notebook_that_says_the_form_is_passed_and_one_without_it_too() -> None:
    assert faults(new_notebook(metadata={"labapp": GOOD | {"built": "x"}})) == []
    assert faults(new_notebook(metadata={"labapp": {"built": "x"}})) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("minutes", 0),
        ("minutes", "half an hour"),
        ("level", "hard"),
        ("prerequisites", ["Start here"]),
        ("objectives", ["only one of them"]),
        ("objectives", ["", "see it"]),
    ],
)
def test_a_part_that_is_wrong_is_refused_by_name(key: str, value: object) -> None:
    found = faults(new_notebook(metadata={"labapp": GOOD | {key: value}}))
    assert found
    assert all(f"labapp.{key}" in one for one in found)


@pytest.mark.parametrize("key", GOOD)
def test_a_part_that_is_missing_is_refused_by_name(key: str) -> None:
    rest = {one: value for one, value in GOOD.items() if one != key}
    (fault,) = faults(new_notebook(metadata={"labapp": rest}))
    assert f"labapp.{key}" in fault
