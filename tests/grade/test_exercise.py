"""What a learner calls: hints in steps, the story when it is due, a check that keeps its word."""

from pathlib import Path

import pytest

from labapp.grade import exercise as exercise_module
from labapp.grade.errors import AnswerError
from labapp.grade.exercise import Exercise, exercise
from labapp.grade.manifest import Manifest, catalogue
from labapp.grade.state import Book
from labapp.grade.verdict import Requirement, Verdict
from labapp.record import Record, RecordWarning

pytestmark = pytest.mark.unit
FAILED = Verdict("05_arguments", "failed", (Requirement("x", False),), "set-sent", "Mend it.")
PASSED = Verdict("05_arguments", "passed", (Requirement("x", True),))


@pytest.fixture
def task(parcels: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """An exercise whose checks are decided by the test: `task.verdict`."""
    made = Exercise(parcels, tmp_path / "exercises", Book(Record(tmp_path / "record.sqlite3")))
    made.verdict = FAILED  # type: ignore[attr-defined]
    monkeypatch.setattr(exercise_module, "run_check", lambda *_, **__: made.verdict)  # type: ignore[attr-defined]
    return made


def mend(task: Exercise, text: str) -> None:
    (task.folder / "parcels.py").write_text(text)


def test_it_is_opened_by_the_name_that_the_package_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import labapp

    monkeypatch.chdir(tmp_path)
    opened = labapp.exercise("05")
    assert opened.folder == tmp_path / "answers" / "05_arguments"
    assert (opened.folder / "parcels.py").is_file()
    assert opened.lab["folder"] == opened.folder
    assert opened.lab["celery_env"] is False
    assert opened.lab["stock"] is True


def test_what_it_shows_of_itself_has_no_heading_which_would_skip_a_level(task: Exercise) -> None:
    shown = task._repr_mimebundle_()["text/markdown"]
    assert shown.startswith(f"**{task.manifest.title}**\n\n")
    assert not any(line.startswith("#") for line in shown.splitlines())


def test_hints_come_in_steps_and_then_all_at_once(task: Exercise) -> None:
    hints = task.manifest.hint
    for number, hint in enumerate(hints, start=1):
        told = task.hint().text
        assert f"Hint {number} of {len(hints)}" in told
        assert hint.text.strip() in told
    told = task.hint().text
    assert all(hint.text.strip() in told for hint in hints)
    assert f"{len(hints)} of {len(hints)} hints" in task.status.text


def test_the_story_and_the_solution_come_together_after_a_pass(task: Exercise) -> None:
    before = task.explain().text
    assert "solutions" not in before
    assert task.manifest.explain.strip() not in before
    task.verdict = PASSED  # type: ignore[attr-defined]
    task.check()
    after = task.explain().text
    assert task.manifest.explain.strip() in after
    assert "../solutions/05_arguments.ipynb" in after


def test_three_checks_of_different_changed_answers_earn_the_story(task: Exercise) -> None:
    for text in ("one", "one", "two"):
        mend(task, text)
        task.check()
    assert "1 to go" in task.explain().text
    mend(task, "three")
    task.check()
    assert "../solutions/" in task.explain().text


def test_checks_of_the_untouched_files_earn_nothing(task: Exercise) -> None:
    for _ in range(4):
        task.check()
    assert "3 to go" in task.explain().text
    assert task.status.text.startswith("05_arguments: tried; 4 checks")


def test_opening_it_again_keeps_the_mend(task: Exercise) -> None:
    mend(task, "mine")
    again = Exercise(task.manifest, task.folder.parents[1])
    assert (again.folder / "parcels.py").read_text() == "mine"


def test_reset_says_where_yours_is(task: Exercise) -> None:
    mend(task, "mine")
    assert "answers/05_arguments-mine-1" in task.reset().text
    assert (task.folder.parent / "05_arguments-mine-1" / "parcels.py").read_text() == "mine"


def test_what_was_done_is_on_record(task: Exercise, tmp_path: Path) -> None:
    mend(task, "mine")
    task.check()
    task.hint()
    task.verdict = PASSED  # type: ignore[attr-defined]
    task.check()
    task.explain()
    record = Record(tmp_path / "record.sqlite3")
    told = [(one.kind, one.outcome) for one in record.outcomes(subject="05_arguments")]
    assert told == [
        ("check", "failed"),
        ("hint", "1"),
        ("check", "passed"),
        ("pass", "passed"),
        ("explain", "read"),
    ]


def test_a_record_that_cannot_be_kept_stops_nobody(parcels: Manifest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    book = Book(Record(tmp_path / "file" / "record.sqlite3"))
    task = Exercise(parcels, tmp_path / "exercises", book)
    with pytest.warns(RecordWarning):
        assert "Hint 1" in task.hint().text
    with pytest.warns(RecordWarning):
        assert "Hint 2" in task.hint().text


def test_an_operational_exercise_asks_for_the_running_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operational = next(one for one in catalogue().values() if one.operational)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnswerError, match=r"task\.check\(lab\)"):
        exercise(operational.id).check()


def test_the_lesson_is_linked_only_where_there_is_one(task: Exercise, tmp_path: Path) -> None:
    task.verdict = PASSED  # type: ignore[attr-defined]
    task.check()
    assert "The lesson" not in task.explain().text
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / f"{task.manifest.lesson:02d}_lesson.ipynb").touch()
    assert f"../notebooks/{task.manifest.lesson:02d}_lesson.ipynb" in task.explain().text
    assert "(../notebooks/interview/questions.ipynb#q010)" in task.explain().text
