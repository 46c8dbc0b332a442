"""What a worker does with messages, as it comes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from labapp.lab import Stack

NAP = "labapp.tasks.long_running.long_running_task"


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(tmp_path_factory.mktemp("labs")))
        with Stack(web=None, stock=True) as stack:
            yield stack


@pytest.mark.fact("02_six_ideas")
def test_an_idle_worker_waits_in_brpop(stock: Stack) -> None:
    server = stock.redis.client()
    assert stock.wait_for(lambda: _waiting(server) == 1, 20)


@pytest.mark.fact("02_six_ideas", "05_when_things_fail")
def test_what_runs_is_nowhere_in_redis_and_what_is_fetched_is_unacknowledged(stock: Stack) -> None:
    server = stock.redis.client()
    sent = [stock.celery.send_task(NAP, kwargs={"seconds": 2}) for _ in range(6)]
    # Six fetched and the two running ones acknowledged: before that, four too for a moment.
    assert stock.wait_for(lambda: server.hlen("unacked") == 4 and server.llen("celery") == 0, 20)
    kept = "".join(server.hvals("unacked"))
    assert [job.id in kept for job in sent].count(False) == 2
    for job in sent:
        job.get(timeout=30)


@pytest.mark.fact("02_six_ideas")
def test_a_folder_as_broker_holds_the_same_message(tmp_path: Path) -> None:
    options = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), tmp_path)
    app = Celery("folder", broker="filesystem://", set_as_current=False)
    app.conf.broker_transport_options = options
    app.send_task("folder.add", [40, 2])
    (file,) = tmp_path.glob("*.msg")
    message = json.loads(file.read_text())
    assert message["headers"]["task"] == "folder.add"
    assert message["properties"]["body_encoding"] == "base64"


def _waiting(server: Any) -> int:
    return sum(client["cmd"] == "brpop" for client in server.client_list())
