"""What the files of questions hold can be asked; what they misspell is told by file and field."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from labapp.author.glossary import PLACE, TERMS, cells_of, make_glossary
from labapp.lesson import glossary
from labapp.lesson.content import FOLDER, ContentError, lesson_of, lessons, prediction_of, read
from labapp.lesson.terms import FILE, terms

LESSONS = list(lessons())
BACKTICKS = re.compile("`")


def sentences(value: object) -> list[str]:
    """Every text in a model that was dumped."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in sentences(one)]
    return [text for one in value for text in sentences(one)] if isinstance(value, tuple) else []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.lesson)
def test_a_lesson_that_asks_is_a_notebook(lesson, checkout: Path) -> None:
    assert (checkout / "notebooks" / f"{lesson.lesson}.ipynb").is_file()
    assert lesson.prediction or lesson.question


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.lesson)
def test_its_marks_of_code_come_in_pairs(lesson) -> None:
    for text in sentences(lesson.model_dump()):
        assert len(BACKTICKS.findall(text)) % 2 == 0, text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.lesson)
def test_whatever_is_answered_there_is_a_reply(lesson) -> None:
    for question in lesson.question:
        if question.kind == "choice":
            replies = [question.judge(place).says for place in range(len(question.options))]
            assert len(set(replies)) == len(replies), f"{question.id} says the same twice"
        elif question.kind == "number":
            low, high = (
                question.judge(question.right / 100 - 1),
                question.judge(question.right * 99),
            )
            assert low.says != high.says
        assert question.answer().right


def test_a_lesson_is_found_by_number_name_and_id() -> None:
    for name in ("00", "00_start_here", "00-reply"):
        assert lesson_of(name).lesson == "00_start_here"
    assert prediction_of("00-reply").id == "00-reply"


@pytest.mark.parametrize("name", ["77", "00_start", "", "x"])
def test_an_unknown_lesson_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(ContentError, match="00_start_here"):
        lesson_of(name)


def test_an_unknown_prediction_is_told_with_those_of_its_lesson() -> None:
    with pytest.raises(ContentError, match=r"no prediction '00-replay'. It has: 00-reply"):
        prediction_of("00-replay")


GOOD = """
lesson = "99_sample"
[[question]]
id = "99-one"
kind = "number"
ask = "How many?"
right = 1
says = "One."
low = "More."
high = "Less."
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("right = 1", "rihgt = 1"), "question.0.number.right: Field required"),
        (('says = "One."', 'says = "One."\nhint = "x"'), "question.0.number.hint: Extra"),
        (('"99-one"', '"98-one"'), "does not begin with 99-"),
        (("kind = ", "kind ="), ""),
        (('kind = "number"', 'kind = "essay"'), "essay"),
        (("right = 1", "right ="), "is no TOML"),
        (('"99_sample"', '"98_sample"'), "98-"),
    ],
)
def test_a_file_that_is_wrong_names_the_place(
    change: tuple[str, str], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "99_sample.toml"
    path.write_text(GOOD.replace(*change))
    if not told:
        assert read(path).question[0].right == 1
        return
    with pytest.raises(ContentError, match=re.escape(told)) as caught:
        read(path)
    assert "99_sample.toml" in str(caught.value)


def test_the_glossary_says_what_a_word_means() -> None:
    assert "messages" in str(glossary("Broker"))
    assert len(glossary().terms) == len(terms())
    with pytest.raises(ContentError, match=r"no 'prefetchh'. It has: prefetch"):
        glossary("prefetchh")


def test_terms_with_a_lesson_name_one_that_is_there_or_planned() -> None:
    assert {one.lesson for one in terms()} <= {"", *(f"{number:02}" for number in range(10))}


def test_the_glossarys_notebook_is_made_of_the_terms(checkout: Path) -> None:
    stored = nbformat.read(checkout / PLACE, as_version=4)
    made = cells_of(checkout)
    sources = [cell.source for cell in stored.cells]
    assert sources == [cell.source for cell in made], "make build"
    assert [source.split("\n")[0] for source in sources[1:]] == [
        f"## {one.heading}" for one in terms()
    ]


def test_making_the_glossary_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / TERMS).parent.mkdir(parents=True)
    shutil.copy(FILE, tmp_path / TERMS)
    assert make_glossary(tmp_path)
    first = (tmp_path / PLACE).read_bytes()
    assert not make_glossary(tmp_path)
    assert (tmp_path / PLACE).read_bytes() == first


def test_every_link_to_the_glossary_hits_a_term(checkout: Path) -> None:
    known = {one.anchor for one in terms()}
    for path in checkout.glob("notebooks/**/*.ipynb"):
        for anchor in re.findall(r"glossary\.ipynb#([^)\s\"\\]+)", path.read_text()):
            assert anchor in known, f"{path.name} links to {anchor}"


def test_no_file_of_content_is_left_unread() -> None:
    files = {path.stem for path in FOLDER.glob("*.toml")}
    assert files == {lesson.lesson for lesson in LESSONS} | {"glossary"}
