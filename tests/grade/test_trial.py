"""What a check says is kept in order; what it meets is told apart from its own faults."""

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest
import redis

from labapp.grade.judge import judge
from labapp.grade.trial import Trial
from labapp.lab.errors import RequestError, StateError

pytestmark = pytest.mark.unit


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def trial(rows: list[dict[str, Any]]) -> Trial:
    return Trial(
        options={}, folder=None, seed=5, seconds=5.0, diagnoses=["one", "two", "no-answer"],
        tell=rows.append,
    )  # fmt: skip


@pytest.fixture
def judged(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """The outcome of a check that is written in the test."""

    def run(check: Callable[[Trial], object]) -> dict[str, Any]:
        module = types.ModuleType("a_check")
        module.check = check  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "a_check", module)
        return judge(trial, "a_check")

    return run


def test_the_first_wrong_path_that_was_recognised_stands(
    judged: Callable[..., dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    def check(trial: Trial) -> None:
        trial.require("a", True, diagnosis="one")
        trial.require("b", False, expected=1, seen=0, diagnosis="two")
        trial.require("c", False, diagnosis="one")

    assert judged(check) == {"status": "failed", "diagnosis": "two"}
    assert [(row["says"], row["passed"]) for row in rows] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert rows[1]["expected"] == "1"


def test_a_diagnosis_that_the_exercise_does_not_know_is_the_checks_own_fault(
    judged: Callable[..., dict[str, Any]],
) -> None:
    assert judged(lambda trial: trial.diagnose("three"))["status"] == "broken"


def test_a_check_that_requires_nothing_lets_nobody_pass(
    judged: Callable[..., dict[str, Any]],
) -> None:
    assert judged(lambda trial: None) == {"status": "failed", "diagnosis": "something-else"}


@pytest.mark.parametrize(("holds", "status"), [(True, "broken"), (False, "failed")])
def test_a_check_that_ends_early_lets_nobody_pass(
    holds: bool, status: str, judged: Callable[..., dict[str, Any]]
) -> None:
    def check(trial: Trial) -> None:
        trial.require("a", holds)
        trial.end()

    assert judged(check)["status"] == status


@pytest.mark.parametrize(
    "silence",
    [redis.exceptions.ConnectionError("gone"), StateError("gone"), RequestError("gone"), OSError()],
    ids=lambda error: type(error).__name__,
)
def test_a_part_that_falls_silent_is_the_answers_doing(
    silence: Exception, judged: Callable[..., dict[str, Any]]
) -> None:
    def check(trial: Trial) -> None:
        trial.require("a", True)
        raise silence

    assert judged(check) == {"status": "failed", "diagnosis": "no-answer"}


def test_any_other_error_is_a_defect_of_the_check(judged: Callable[..., dict[str, Any]]) -> None:
    def check(trial: Trial) -> None:
        trial.require("a", True)
        raise KeyError("x")

    assert judged(check) == {"status": "broken", "diagnosis": "check-failed"}


def test_the_same_seed_draws_the_same_inputs() -> None:
    draws = [
        Trial(options={}, folder=None, seed=seed, seconds=1, diagnoses=[], tell=print).draw.random()
        for seed in (1, 1, 2)
    ]
    assert draws[0] == draws[1] != draws[2]


def test_waiting_ends_when_it_holds_and_counts_as_waiting(trial: Trial) -> None:
    looks = iter([False, False, True])
    assert trial.eventually(lambda: next(looks), 5.0, every=0.01)
    assert not trial.eventually(lambda: False, 0.05)
    assert trial.waited >= 0.05
