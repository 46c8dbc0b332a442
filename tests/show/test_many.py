"""Ten thousand tasks, and a flood of reports: the notebook stays quick and little is sent."""

import json
import threading
import time

import pytest

from tests.live.test_events import message

#: The contract is 0.3 s; a deadline is tested at three times its length.
ANSWER_WITHIN = 3 * 0.3
#: Megabytes that a kernel may grow by in six more seconds of the same flood.
GROWTH = 25

QUIET = "import time; time.sleep(0.2)"
MEMORY = "import gc, psutil; gc.collect(); print(psutil.Process().memory_info().rss / 2**20)"


def report(key, step):
    """A task's progress, as a worker publishes it."""
    result = {"current": step, "total": 1_000, "percent": step // 10, "message": "go"}
    record = {"status": "PROGRESS", "result": result, "children": [], "task_id": key}
    return f"celery-task-meta-{key}", json.dumps(record)


def event(key, step):
    """What a worker says of a task in an event, a new word each time."""
    kind = ("task-received", "task-started")[step % 2]
    return "/0.celeryev/task.multi", message({"type": kind, "uuid": key, "hostname": "w@h"})


class Feeder:
    """Publishes so many well-formed messages a second, over so many ids, until ended."""

    def __init__(self, client, ids, rate, made=report):
        self.client, self.ids, self.rate, self.made = client, ids, rate, made
        self.sent, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        begin = time.monotonic()
        while not self.over.is_set():
            pipe = self.client.pipeline(transaction=False)
            due = int((time.monotonic() - begin) * self.rate)
            for number in range(self.sent, due):
                key = self.ids[number % len(self.ids)]
                pipe.publish(*self.made(key, number // len(self.ids) % 1_000))
            pipe.execute()
            self.sent = max(self.sent, due)
            time.sleep(0.02)


def watch_cell(count):
    return (
        "from celery.result import AsyncResult\n"
        f'held = watch([AsyncResult(f"id-{{n}}", app=app) for n in range({count})], events=True)'
    )


@pytest.mark.parametrize(
    ("watched", "rate", "made"),
    [(10_000, 2_000, report), (1_000, 2_000, report), (1_000, 2_000, event)],
)
def test_while_thousands_report_another_cell_answers_and_little_is_sent(
    run_notebook, server, watched, rate, made
):
    ids = [f"id-{n}" for n in range(watched)]
    wait = ["import time; time.sleep(3)", MEMORY, "time.sleep(6)", MEMORY]
    answers = ["1 + 1"] * 20
    pauses = [cell for answer in answers for cell in (answer, "time.sleep(0.1)")]
    with Feeder(server.client(1), ids, rate, made) as feeder:
        notebook, client = run_notebook(
            watch_cell(watched), *wait, *pauses, broker=server.url(), backend=server.url(1)
        )
    assert feeder.sent > 7 * rate, "the flood was none"
    begin = 2 + len(wait)
    took = client.took[begin : begin + len(pauses) : 2]
    assert max(took) < ANSWER_WITHIN, took
    seconds = client.comm_times[-1] - client.comm_times[0]
    assert client.comm_messages <= 20 * seconds + 2
    assert client.comm_messages > 5 * seconds, "nothing moved"
    assert client.comm_bytes / client.comm_messages < 10_000
    before, after = (float(notebook.cells[n].outputs[0].text) for n in (3, 5))
    assert after - before < GROWTH
    shown = [
        output for output in notebook.cells[1].outputs if "text/plain" in output.get("data", {})
    ]
    assert shown[0].data["text/plain"] == f"Progress of {watched:,} tasks"


def test_ten_thousand_tasks_that_end_leave_one_short_picture(run_notebook, server):
    client = server.client(1)
    for start in range(0, 10_000, 1_000):
        records = {
            f"celery-task-meta-done-{n}": json.dumps({"status": "SUCCESS", "result": n})
            for n in range(start, start + 1_000)
        }
        client.mset(records)
    notebook, nbclient = run_notebook(
        "from celery.result import AsyncResult\n"
        'watch([AsyncResult(f"done-{n}", app=app) for n in range(10_000)]).wait(30);',
        broker=server.url(),
        backend=server.url(1),
    )
    (output,) = notebook.cells[1].outputs
    assert "10,000 tasks: 10,000 done" in output.data["text/html"]
    assert len(output.data["text/html"]) < 5_000
    assert nbclient.comm_messages <= 5
