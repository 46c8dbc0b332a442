"""What the displays count, against what happened: each task body writes its start and its end.

The seed of a mix is printed; `TRUTH_SEED=123` runs that one again, `make soak PART=truth` others.
"""

import os
import random
from collections import Counter

import pytest

from tests.show.truth import KEEPING, LOSING, Mix, mix_in


@pytest.fixture
def mix(tmp_path, monkeypatch):
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    with mix_in(tmp_path, int(os.environ.get("TRUTH_SEED") or random.randrange(10**6))) as mix:
        yield mix


def test_without_loss_of_redis_every_count_is_that_of_the_truth(mix: Mix) -> None:
    mix.run(["restart", "restart", *KEEPING])
    mix.check_totals()
    mix.check_each_task()
    looked = mix.lab.queue().data
    assert [one["waiting"] for one in looked["queues"]] in ([], [0])
    assert looked["unacked"]["count"] == 0


def test_with_it_they_say_how_many_of_those_sent_are_unaccounted_for(mix: Mix) -> None:
    mix.run(["restart", *LOSING, mix.dice.choice(KEEPING)])
    mix.check_totals()
    mix.check_each_task()
    lost = mix.shown()["unaccounted"]
    head = mix.lab.system_map().snapshot()["head"]["summary"]
    assert (f"{lost} of those sent unaccounted for" in head) == bool(lost)


def test_the_check_itself_sees_a_wrong_count(mix: Mix) -> None:
    mix.run([])
    mix.check_each_task()
    ended = Counter(told.place for told in mix.history.tasks.values())["ended"]
    assert ended == len(mix.truth.sent)
    mix.history.expect("one that nobody sent", "nap")
    with pytest.raises(AssertionError):
        mix.check_totals()
