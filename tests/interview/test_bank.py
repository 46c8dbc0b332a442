"""The question bank is whole, each answer names what proves it, and what is unproved only falls."""

import json
import re
from pathlib import Path

import pytest

from labapp.author.claims import claims_in
from labapp.author.committed import notebooks_of
from labapp.interview import BankError, questions, topics
from labapp.interview.bank import FOLDER, read, unproved
from labapp.interview.question import EXERCISES
from labapp.lesson.content import lessons

BANK = questions()
COMPLETE = [question for question in BANK.values() if question.complete]
#: Topics 1, 2 and 4 of the article: purpose, architecture, Celery and Redis.
FIRST = [*range(1, 17), *range(22, 36)]
RECORDED = Path(__file__).with_name("unproved.json")
#: Words that a model answer has no use for.
EMPTY_WORDS = re.compile(
    r"\b(seamless|robust|leverag|powerful|simply put|basically)", re.IGNORECASE
)


def claims(checkout: Path) -> set[str]:
    return {claim.id for claim in claims_in(notebooks_of(checkout), checkout)}


def test_all_98_questions_are_there_in_order() -> None:
    assert list(BANK) == [f"q{number:03}" for number in range(1, 99)]
    assert [topic.topic[:2] for topic in topics()] == [f"{number:02}" for number in range(1, 14)]
    asked = [question.ask for question in BANK.values()]
    assert len(set(asked)) == len(asked)


def test_the_first_second_and_fourth_topic_are_complete() -> None:
    missing = [f"q{number:03}" for number in FIRST if not BANK[f"q{number:03}"].complete]
    assert missing == []


@pytest.mark.parametrize("question", COMPLETE, ids=lambda question: question.id)
def test_a_complete_question_can_be_practised(question) -> None:
    assert 60 <= len(question.answer.split()) <= 150, "said aloud in about a minute"
    assert len(set(question.points)) == len(question.points) >= 3
    assert question.trap.says != question.trap.truth
    assert not EMPTY_WORDS.search(question.answer)


@pytest.mark.parametrize("question", COMPLETE, ids=lambda question: question.id)
def test_its_texts_are_sentences_with_marks_of_code_in_pairs(question) -> None:
    trap, more = question.trap, question.follow_up
    told = (*question.points, question.answer, more.ask, more.says, trap.says, trap.truth)
    for text in (question.ask, *told):
        assert text.strip()[-1] in ".?", text
        assert text.count("`") % 2 == 0, text
        assert "  " not in text, text
    assert more.ask.endswith("?")


@pytest.mark.parametrize("question", BANK.values(), ids=lambda question: question.id)
def test_what_it_names_as_proof_is_there_or_said_to_come(question, checkout: Path) -> None:
    there = claims(checkout)
    for proof in question.proof:
        assert not proof.claim or proof.claim in there, f"no notebook has {proof.claim}"
        if question.complete and proof.lesson:
            assert proof.shows, f"what will lesson {proof.lesson} show?"


def test_what_nothing_proves_yet_only_falls(checkout: Path) -> None:
    exercises = {name for name in EXERCISES if (checkout / "solutions" / f"{name}.ipynb").is_file()}
    now = unproved(BANK.values(), claims(checkout), exercises)
    incomplete = [question.id for question in BANK.values() if not question.complete]
    recorded = json.loads(RECORDED.read_text())
    for name, found in (("unproved", now), ("incomplete", incomplete)):
        assert len(found) <= recorded[name], f"{name} has grown: {found}"
        assert len(found) == recorded[name], f"lower {name} to {len(found)} in {RECORDED.name}"


def test_a_question_is_unproved_until_one_of_its_proofs_is_there() -> None:
    asked = [BANK["q002"], BANK["q026"], BANK["q023"]]
    assert unproved(asked, set(), set()) == ["q002", "q026", "q023"]
    assert unproved(asked, {"c02-prefetch"}, {"02_redis_not_running"}) == ["q002"]


def test_lessons_lean_on_questions_that_there_are() -> None:
    for lesson in lessons():
        for asked in (*lesson.prediction, *lesson.question):
            assert set(asked.interview) <= set(BANK), asked.id


GOOD = """
topic = "01_sample"
title = "Sample"
[[question]]
id = "q001"
ask = "What is this?"
level = "basic"
proof = [{ lesson = "routing" }]
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("level", "levle"), "question.0.level: Field required"),
        (('"basic"', '"easy"'), "level"),
        (("q001", "q1"), "question.0.id"),
        (('lesson = "routing"', 'lesson = "cooking"'), "no lesson cooking is planned"),
        (('lesson = "routing"', 'exercise = "07_x"'), "no exercise 07_x"),
        (('lesson = "routing"', 'shows = "it"'), "names a claim, an exercise or a lesson"),
        (("level", 'answer = "It is."\nlevel'), "q001 is begun and lacks points, follow_up, trap"),
        (("01_sample", "02_sample"), "calls itself 02_sample"),
        (("id =", "id"), "is no TOML"),
    ],
)
def test_a_file_that_is_wrong_names_the_place(
    change: tuple[str, str], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "01_sample.toml"
    path.write_text(GOOD)
    assert read(path).question[0].id == "q001"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(BankError, match=re.escape(told)) as caught:
        read(path)
    assert "01_sample.toml" in str(caught.value)


def test_a_question_in_two_topics_is_refused(tmp_path: Path) -> None:
    for name in ("01_sample", "02_sample"):
        (tmp_path / f"{name}.toml").write_text(GOOD.replace("01_sample", name))
    with pytest.raises(BankError, match="q001 is in two topics"):
        topics(tmp_path)


def test_no_file_of_the_bank_is_left_unread() -> None:
    assert len(list(FOLDER.iterdir())) == len(topics())
