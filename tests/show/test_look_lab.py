"""`lab.queue()`: a look into the lab's own Redis, in a script and in a notebook."""

import pytest

from labapp import Lab, queue
from labapp.lab import StateError
from labapp.show.look.look import TEXT
from tests.live.services import wait_until

TASK = "labapp.tasks.long_running.long_running_task"


@pytest.fixture
def lab(monkeypatch, tmp_path):
    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))
    with Lab(web=None) as running:
        yield running


def waiting(lab):
    return lab.queue().data["queues"][0]


def test_what_waits_while_a_worker_is_paused_is_seen_and_gone_afterwards(lab):
    with lab.fault("worker paused"):
        # One may be on its way to the worker: Redis answers a question that was asked before.
        for number in range(3):
            lab.celery.send_task(TASK, kwargs={"seconds": 0, "task_id": str(number)})
        assert waiting(lab)["waiting"] in (2, 3)
        calls = [message["call"] for message in waiting(lab)["messages"]]
        assert calls[-1] == "long_running_task.delay(seconds=0, task_id='2')"
    wait_until(lambda: waiting(lab)["waiting"] == 0)


def test_a_flood_is_counted_and_its_next_messages_are_opened(lab):
    lab.worker.stop()
    with lab.fault("queue flooded", count=400):
        look = lab.queue(messages=3)
        found = look.data["queues"][0]
        assert (found["waiting"], len(found["messages"])) == (400, 3)
        assert found["messages"][0]["call"] == (
            "long_running_task.apply_async(kwargs={'seconds': 0.1}, ignore_result=True)"
        )
    assert waiting(lab)["waiting"] == 0


def test_a_worker_holds_a_scheduled_task_and_the_kits_own_keys_are_told(lab):
    job = lab.celery.send_task(TASK, countdown=600)
    wait_until(lambda: lab.queue().data["unacked"]["count"] == 1)
    look = lab.queue()
    assert look.data["unacked"]["messages"][0]["id"] == job.id
    assert 3_500 < look.data["unacked"]["messages"][0]["seconds_left"] <= 3_600
    assert any(row["key"].startswith("labapp:workers") for row in look.data["keys"])
    assert look.data["others"] == []
    assert lab.redis.url not in repr(look.data)


def test_a_redis_that_is_down_is_a_sentence(lab):
    with lab.fault("redis down"):
        (note,) = lab.queue().data["notes"]
        assert note.startswith("The broker cannot be looked at:")


def test_a_lab_may_be_given_for_its_app(lab):
    lab.worker.stop()
    lab.celery.send_task(TASK)
    assert queue(lab).data["queues"][0]["waiting"] == 1


def test_before_the_start_it_says_so():
    with pytest.raises(StateError, match="not running"):
        Lab().queue()


def test_a_notebook_keeps_the_tables_and_one_line(run_notebook):
    notebook, _ = run_notebook(
        "lab = Lab(web=None).start()",
        f"lab.worker.stop()\nlab.celery.send_task({TASK!r}, args=['<b>mine</b>'], countdown=60)\n"
        "lab.queue()",
        "lab.stop()",
    )
    (output,) = notebook.cells[2].outputs
    assert output.output_type == "execute_result"
    assert set(output.data) == {"text/plain", "text/html"}
    assert output.data["text/plain"] == TEXT
    assert "Queue celery: 1 waiting" in output.data["text/html"]
    assert "<b>mine" not in output.data["text/html"]
