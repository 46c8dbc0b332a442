"""How one check is run: its inputs, its privacy, its process, and a judge that is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labapp.grade import sandbox
from labapp.grade.limits import Limits
from labapp.grade.manifest import Manifest
from labapp.grade.sandbox import run_check

#: Writes down what it can see of the world around it.
SPY = """
import json, os
told = {"environ": dict(os.environ), "cwd": os.getcwd(), "files": sorted(os.listdir("."))}
open(TARGET, "w").write(json.dumps(told))
"""
#: Ends the watcher of its own check: the last of its forebears that has that name.
KILLER = """
import os
from pathlib import Path
pid, found = os.getpid(), 0
while pid > 1:
    if "watcher.py" in Path(f"/proc/{pid}/cmdline").read_text():
        found = pid
    pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
os.kill(found, 9)
"""


@pytest.fixture
def right(checkout: Path) -> Path:
    return checkout / "tests/grade/answers/05_arguments/right/smallest_changes"


@pytest.fixture
def seen(
    parcels: Manifest, scratch: Path, answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """What the answer's own code sees."""
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere")
    monkeypatch.setenv("LABAPP_REDIS_URL", "redis://127.0.0.1:1/0")
    target = scratch / "told.json"
    spy = SPY.replace("TARGET", repr(str(target)))
    run_check(parcels, answer(parcels=spy, more="x = 1"))
    told: dict[str, Any] = json.loads(target.read_text())
    return told


def test_the_answer_sees_redis_url_and_no_setting_of_celery(seen: dict[str, Any]) -> None:
    environ = seen["environ"]
    assert environ["REDIS_URL"].startswith("redis://:")
    assert "127.0.0.1:1/" not in environ["REDIS_URL"]
    assert not [name for name in environ if name.startswith("CELERY_")]


def test_the_answer_lives_in_a_copy_with_a_home_of_its_own(
    seen: dict[str, Any], scratch: Path
) -> None:
    environ = seen["environ"]
    for place in (seen["cwd"], environ["HOME"], environ["TMPDIR"]):
        assert str(place).startswith(str(scratch))
    assert seen["files"] == ["more.py", "parcels.py"]
    assert "LABAPP_RECORD" not in environ


def test_inputs_differ_from_run_to_run_and_a_seed_repeats_them(
    parcels: Manifest, scratch: Path, checkout: Path
) -> None:
    stale = checkout / "tests/grade/answers/05_arguments/wrong/address_as_text"
    verdicts = [run_check(parcels, stale, seed=seed) for seed in (5, 5, None)]
    details = ["".join(row.detail for row in verdict.requirements) for verdict in verdicts]
    assert details[0] == details[1]
    assert verdicts[2].seed != 5


def test_the_learners_own_files_are_not_touched(
    parcels: Manifest, scratch: Path, right: Path
) -> None:
    before = {path: path.read_bytes() for path in right.iterdir()}
    assert run_check(parcels, right).passed
    assert {path: path.read_bytes() for path in right.iterdir()} == before


def test_rows_are_heard_of_as_they_are_decided(
    parcels: Manifest, scratch: Path, right: Path
) -> None:
    heard: list[str] = []
    verdict = run_check(parcels, right, on_row=lambda row: heard.append(row.says))
    assert heard == [row.says for row in verdict.requirements]


def test_a_check_that_fails_itself_says_so_and_judges_nobody(
    parcels: Manifest, scratch: Path, right: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Manifest, "word", "no_such_check")
    verdict = run_check(parcels, right)
    assert verdict.status == "broken"
    assert verdict.diagnosis == "check-failed"
    assert not verdict.passed


def test_the_bounds_of_a_check_hold_for_its_time_as_a_whole(
    parcels: Manifest, scratch: Path, answer: Callable[..., Path]
) -> None:
    verdict = run_check(parcels, answer(parcels="while True: pass"), limits=Limits(seconds=2.0))
    assert verdict.diagnosis in ("over-time", "does-not-start")
    assert verdict.seconds < 3 * 2.0 + sandbox.ENDING


def test_a_watcher_that_is_killed_takes_the_check_with_it(
    parcels: Manifest, scratch: Path, answer: Callable[..., Path]
) -> None:
    verdict = run_check(parcels, answer(parcels=KILLER))
    assert not verdict.passed
    assert verdict.status in ("stopped", "failed")


def test_root_or_not_the_answer_may_not_exceed_its_processes(
    parcels: Manifest, scratch: Path, answer: Callable[..., Path]
) -> None:
    many = "import subprocess\nfor _ in range(80): subprocess.Popen(['sleep', '600'])\n"
    verdict = run_check(parcels, answer(parcels=many + "import time; time.sleep(3)"))
    assert verdict.diagnosis == "over-processes"


def test_what_is_told_names_no_folder_of_this_machine(
    parcels: Manifest, scratch: Path, answer: Callable[..., Path]
) -> None:
    broken = (parcels.broken / "parcels.py").read_text()
    verdicts = [run_check(parcels, answer(parcels=source)) for source in (broken, "import nowhere")]
    told = "".join(str(verdict.as_dict()) for verdict in verdicts)
    assert "nowhere" in told
    assert 'File "json.py"' in told
    for place in (scratch, Path.home(), Path(__file__).parents[2]):
        assert f"{place}/" not in told
