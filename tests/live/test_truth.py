"""What the history counts, against what happened: each task body writes its start and its end.

The seed of a mix is printed; `TRUTH_SEED=123` runs that one again.
"""

import os
import random
import time
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError

from labapp.lab import Stack
from tests.live.history_lab import MODULE, begin_recording
from tests.live.services import wait_until

SENT = 300


@pytest.fixture
def lab(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MODULE)
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    env = {"TRUTH": str(tmp_path / "truth")}
    with Stack(worker="mine:celery", web=None, celery_env=False, env=env) as stack:
        yield stack


@pytest.fixture
def dice():
    seed = int(os.environ.get("TRUTH_SEED") or random.randrange(10**6))
    print(f"TRUTH_SEED={seed}")
    return random.Random(seed)


def read_truth(folder: Path) -> dict[str, dict[str, list[float]]]:
    """When the body of each task started and ended, as it wrote itself."""
    found: dict[str, dict[str, list[float]]] = {"start": {}, "end": {}}
    for line in (folder / "truth").read_text().splitlines():
        word, task_id, at = line.split()
        found[word].setdefault(task_id, []).append(float(at))
    return found


def send_one(lab, dice) -> str | None:
    name = dice.choices(["nap", "boom", "again"], [6, 2, 1])[0]
    kwargs = {
        "nap": {"seconds": dice.choice([0.0, 0.005, 0.02, 0.05])},
        "boom": {},
        "again": {"times": dice.randint(0, 3), "countdown": 0.05},
    }[name]
    try:
        return lab.celery.send_task(name, kwargs=kwargs).id
    except (OperationalError, OSError):
        return None  # Redis is away: nothing was sent


def settle(history):
    """Wait until nothing waits and nothing runs; what is not accounted for stays so."""
    until = time.monotonic() + 60
    going_on = ("queued", "fetched", "running", "again")
    while any(history.counts[place] for place in going_on):
        history.look()
        left = [told for told in history.tasks.values() if told.place in going_on]
        assert time.monotonic() < until, (history.counts, history.workers, history.gaps, left)
        time.sleep(0.05)


def test_without_an_outage_every_count_is_that_of_the_truth(lab, dice, tmp_path):
    recording = begin_recording(lab)
    history = recording.history
    sent = []
    for number in range(SENT):
        sent.append(send_one(lab, dice))
        if number == SENT // 2:
            lab.worker.restart()
    wait_until(lambda: history.total == SENT, 30)
    settle(history)
    truth = read_truth(tmp_path)
    assert set(history.tasks) == set(sent)
    assert set(truth["end"]) == set(sent)
    assert history.outcomes["succeeded"] + history.outcomes["failed"] == SENT
    assert history.counts["unaccounted"] == 0
    for told in history.tasks.values():
        starts = sum(one.started is not None for one in told.tries)
        assert starts == len(truth["start"][told.id]), told
    recording.close()


def test_with_redis_killed_it_says_how_many_are_unaccounted_for(lab, dice, tmp_path):
    recording = begin_recording(lab)
    history = recording.history
    sent = []
    killed_after = dice.randrange(50, SENT - 50)
    for number in range(SENT):
        if number == killed_after:
            time.sleep(dice.random() * 0.3)
            lab.redis.kill()
            sent.append(send_one(lab, dice))
            lab.redis.start()
        sent.append(send_one(lab, dice))
    settle(history)
    time.sleep(6)  # results are asked for once more five seconds after an outage
    settle(history)
    truth = read_truth(tmp_path)
    went_out = {task_id for task_id in sent if task_id}
    never_ended = went_out - set(truth["end"])
    unaccounted = {told.id for told in history.tasks.values() if told.place == "unaccounted"}
    unheard = unaccounted - never_ended
    print(f"{len(went_out)} sent, {len(unaccounted)} unaccounted for, {len(unheard)} ended unheard")
    assert history.total == len(went_out)
    missed = [history.tasks[key] for key in never_ended - unaccounted]
    assert not missed, missed
    # A body may end while Redis is away and leave no result anywhere: nobody can account for it.
    (gap,) = history.gaps
    for key in unheard:
        assert gap.start - 0.5 < truth["end"][key][-1] < gap.end + 0.5, history.tasks[key]
        assert lab.redis.client().get(f"celery-task-meta-{key}") is None, history.tasks[key]
    recording.close()
