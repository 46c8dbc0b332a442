"""The learner's record: what goes in comes out, whoever else writes, and nothing is ever lost."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest

from labapp.record import KINDS, Record, RecordError, RecordWarning, record_path, schema
from labapp.record.place import held, set_aside


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "data" / "record.sqlite3")


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database, database:
        return database.execute(statement).fetchall()


def test_what_is_added_is_read_back_with_its_detail_and_its_time(record: Record) -> None:
    record.add("check", "05_arguments", "failed", {"missing": ["a set"], "é": None})
    (one,) = record.outcomes()
    assert (one.kind, one.subject, one.outcome) == ("check", "05_arguments", "failed")
    assert one.detail == {"missing": ["a set"], "é": None}
    assert timedelta(0) <= datetime.now(UTC) - one.at < timedelta(minutes=1)


def test_outcomes_are_read_by_kind_and_by_subject_oldest_first(record: Record) -> None:
    record.add("check", "05_arguments", "failed")
    record.add("quiz", "05_arguments", "right")
    record.add("check", "06_unhandled_exceptions", "failed")
    record.add("check", "05_arguments", "passed")
    found = record.outcomes("check", "05_arguments")
    assert [one.outcome for one in found] == ["failed", "passed"]
    assert len(record.outcomes("check")) == 3
    assert len(record.outcomes(subject="05_arguments")) == 3
    assert record.latest("check", "05_arguments") == found[-1]
    assert record.latest("hint", "05_arguments") is None


def test_outcomes_are_counted(record: Record) -> None:
    for outcome in ("failed", "failed", "passed"):
        record.add("check", "05_arguments", outcome)
    record.add("check", "04_configuration_ignored", "failed")
    assert record.counts("check", "05_arguments") == {"failed": 2, "passed": 1}
    assert record.counts("check") == {"failed": 3, "passed": 1}
    first, second = record.tallies()
    assert (first.subject, first.total, first.last) == ("05_arguments", 3, "passed")
    assert second.counts == {"failed": 1}


def test_a_new_record_is_empty(record: Record) -> None:
    assert record.outcomes() == record.tallies() == []
    assert record.counts() == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_recorded(kind: str, record: Record) -> None:
    record.add(kind, "q001", "known")
    assert record.counts(kind) == {"known": 1}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("exam", "q001", "known"), "no kind 'exam'"),
        (("quiz", "", "right"), "subject"),
        (("quiz", "two\nlines", "right"), "subject"),
        (("quiz", "\ud800", "right"), "subject"),
        (("quiz", "q001", "x" * 201), "outcome"),
        (("quiz", "q001", "right", {"what": object()}), "plain data"),
        (("quiz", "q001", "right", {"what": "x" * 20_000}), "bytes"),
    ],
)
def test_what_is_no_outcome_is_refused_and_nothing_is_written(
    wrong: tuple[object, ...], told: str, record: Record
) -> None:
    with pytest.raises(ValueError, match=told):
        record.add(*wrong)  # type: ignore[arg-type]
    assert record.outcomes() == []


def test_hostile_text_in_a_subject_is_only_text(record: Record) -> None:
    subject = "'); DROP TABLE outcome; --"
    record.add("quiz", subject, "right")
    assert record.counts("quiz", subject) == {"right": 1}


def add_many(path: Path, name: str, many: int) -> None:
    for _ in range(many):
        Record(path).add("quiz", name, "right")


def test_threads_of_several_kernels_write_at_once_from_the_first_moment_on(record: Record) -> None:
    spawn = multiprocessing.get_context("fork")
    others = [
        spawn.Process(target=add_many, args=(record.path, f"kernel {number}", 20))
        for number in range(3)
    ]
    for other in others:
        other.start()
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(add_many, record.path, f"t{n}", 20) for n in range(4)]:
            done.result()
    for other in others:
        other.join()
        assert other.exitcode == 0
    assert len(record.outcomes()) == 140
    assert {tally.total for tally in record.tallies()} == {20}


def test_a_writer_waits_for_another_one(record: Record) -> None:
    record.add("quiz", "one", "right")
    with closing(sqlite3.connect(record.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(record.add, "quiz", "two", "right")
            assert [one.subject for one in record.outcomes()] == ["one"], "readers do not wait"
            assert not waiting.done()
            other.execute("COMMIT")
            waiting.result()
    assert len(record.outcomes()) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("not a database, and longer than a header of one is" * 40),
        lambda path: path.write_bytes(path.read_bytes()[:100] + b"\xff" * (8192 - 100)),
    ],
    ids=["another kind of file", "pages overwritten"],
)
def test_a_damaged_record_is_set_aside_and_the_learner_goes_on(damage, record: Record) -> None:
    record.add("quiz", "before", "right")
    damage(record.path)
    was = record.path.read_bytes()
    with pytest.warns(RecordWarning, match="record-damaged-1.sqlite3, and a new one"):
        record.add("quiz", "after", "right")
    assert [one.subject for one in record.outcomes()] == ["after"]
    kept = record.path.with_name("record-damaged-1.sqlite3")
    assert kept.read_bytes() == was


def test_a_second_damaged_record_does_not_take_the_place_of_the_first(record: Record) -> None:
    for _ in range(2):
        record.add("quiz", "one", "right")
        record.path.write_text("no" * 2000)
        with pytest.warns(RecordWarning):
            assert record.outcomes() == []
    folder = record.path.parent
    assert len(list(folder.glob("record-damaged-*.sqlite3"))) == 2


def test_nobody_is_robbed_of_the_file_while_they_use_it(record: Record) -> None:
    record.add("quiz", "before", "right")
    record.path.write_text("no" * 2000)
    aside = record.path.with_name("record-damaged-1.sqlite3")

    def read_while_it_is_held() -> None:
        with ThreadPoolExecutor(1) as threads:
            with held(record.path):
                waiting = threads.submit(record.outcomes)
                sleep(0.3)
                assert not aside.exists()
                assert not waiting.done()
            assert waiting.result() == []

    with pytest.warns(RecordWarning):
        read_while_it_is_held()
    assert aside.exists()


def test_what_sqlite_keeps_beside_the_file_goes_aside_with_it(tmp_path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        (tmp_path / f"record.sqlite3{ending}").write_text(ending)
    kept = set_aside(tmp_path / "record.sqlite3")
    assert not list(tmp_path.glob("record.sqlite3*"))
    assert kept.with_name(f"{kept.name}-wal").read_text() == "-wal"


def test_many_who_find_the_damage_at_once_lose_nothing_of_what_they_add(record: Record) -> None:
    record.add("quiz", "before", "right")
    record.path.write_text("no" * 2000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordWarning)
        with ThreadPoolExecutor(8) as threads:
            for done in [threads.submit(add_many, record.path, f"t{n}", 5) for n in range(8)]:
                done.result()
    assert len(record.outcomes()) == 40
    assert len(list(record.path.parent.glob("record-damaged-*.sqlite3"))) == 1


def test_a_record_of_a_newer_kit_is_told_and_left_alone(record: Record) -> None:
    record.add("quiz", "one", "right")
    sql(record.path, "PRAGMA user_version = 99")
    for use in (record.outcomes, lambda: record.add("quiz", "two", "right")):
        with pytest.raises(RecordError, match=r"newer version of the kit \(schema 99"):
            use()
    assert sql(record.path, "SELECT subject FROM outcome") == [("one",)]


def test_a_record_of_an_older_kit_is_converted_with_all_it_holds(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.add("quiz", "one", "right")
    step = ("ALTER TABLE outcome ADD COLUMN seconds REAL",)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    record.add("quiz", "two", "right")
    assert sql(record.path, "SELECT subject, seconds FROM outcome") == [
        ("one", None),
        ("two", None),
    ]
    assert sql(record.path, "PRAGMA user_version") == [(len(schema.STEPS),)]


def test_a_conversion_that_fails_changes_nothing(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.add("quiz", "one", "right")
    steps = schema.STEPS
    broken = ("ALTER TABLE outcome ADD COLUMN seconds REAL", "no such statement")
    monkeypatch.setattr(schema, "STEPS", (*steps, broken))
    with pytest.raises(RecordError, match="cannot be used"):
        record.outcomes()
    monkeypatch.setattr(schema, "STEPS", steps)
    assert record.counts() == {"right": 1}
    columns = [name for _, name, *_ in sql(record.path, "PRAGMA table_info(outcome)")]
    assert "seconds" not in columns


def test_the_file_of_another_program_is_told_and_left_alone(record: Record) -> None:
    record.path.parent.mkdir()
    sql(record.path, "CREATE TABLE bookmarks (url)")
    with pytest.raises(RecordError, match=r"another program.*LABAPP_RECORD"):
        record.add("quiz", "one", "right")
    assert sql(record.path, "SELECT name FROM sqlite_schema") == [("bookmarks",)]


def test_a_folder_that_cannot_be_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match=r"cannot be kept in .*LABAPP_RECORD"):
        Record(tmp_path / "file" / "record.sqlite3").outcomes()
    (tmp_path / "folder").mkdir()
    with pytest.raises(RecordError, match=r"cannot be used.*LABAPP_RECORD"):
        Record(tmp_path / "folder").outcomes()


def test_its_folder_is_the_learners_alone(record: Record) -> None:
    record.outcomes()
    assert stat.S_IMODE(record.path.parent.stat().st_mode) == 0o700


def test_its_place_is_the_users_data_folder_or_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABAPP_RECORD", str(tmp_path / "mine.sqlite3"))
    assert record_path() == Record().path == tmp_path / "mine.sqlite3"
    monkeypatch.delenv("LABAPP_RECORD")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert record_path().is_relative_to(tmp_path)
    assert record_path().parts[-2:] == ("labapp", "record.sqlite3")


def test_a_test_run_has_a_record_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert record_path().is_relative_to(tmp_path_factory.getbasetemp())


def test_it_is_light_and_a_leaf() -> None:
    program = (
        "import sys, labapp.record; print(*(m for m in sys.modules if m.startswith('labapp')))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    names = set(told.stdout.split())
    assert names, told.stderr
    assert {name.split(".")[1] for name in names - {"labapp"}} == {"record"}


def test_a_child_that_is_forked_shares_nothing_with_its_parent(record: Record) -> None:
    record.add("quiz", "one", "right")
    child = os.fork()
    if child == 0:
        try:
            record.add("quiz", "two", "right")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert len(record.outcomes()) == 2
