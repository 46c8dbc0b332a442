"""Whatever stands in a task's name, arguments, result or error is told as text, and cut."""

import json

import pytest
from app_services import wait_until

from labapp.web.jobs import LONGEST_RESULT
from tests.web.sse import Reader, is_ok, serve

LINES = "one\ntwo\r\nthree\rdata: four\n\nevent: health\ndata: {}\n\n\u2028\u2029\x85\x00\x1b[31m"
MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(1)> & \"quotes\" 'too'"
HALVES = "half \ud800 a \udfff character"
LARGE = "x" * 5_000_000
DEEP = "[" * 500 + "]" * 500
LONGEST_EVENT = 30_000

TEXTS = {"lines": LINES, "markup": MARKUP, "halves": HALVES, "large": LARGE}
RESULTS = TEXTS | {
    "binary": b"\xff\x00\n\n",
    "deep": json.loads(DEEP),
    "not a number": float("nan"),
    "infinite": float("inf"),
    "keys": {LINES: {MARKUP: [HALVES]}},
    "large list": list(range(500_000)),
    "large number": 10**4000,
}


@pytest.fixture(scope="module")
def base(app):
    with serve(app) as address:
        yield address


class Both:
    """What the stream of all and that of one task tell of a task."""

    def __init__(self, base, task_id):
        self.all, self.one = Reader(base, "/events"), Reader(base, f"/tasks/{task_id}/events")
        self.task_id = task_id

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.all.close()
        self.one.close()

    def tell(self, state):
        told = [reader.wait_for_state(state, self.task_id) for reader in (self.all, self.one)]
        assert max(len(json.dumps(data)) for data in told) < LONGEST_EVENT
        assert {data["status"] for data in told} == {told[0]["status"]}
        return told[0]


@pytest.mark.parametrize("what", RESULTS)
def test_a_result_stays_a_value_and_is_cut_with_a_note(base, celery, client, what):
    result = RESULTS[what]
    task_id = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
    with Both(base, task_id) as both:
        celery.backend.store_result(task_id, result, "SUCCESS")
        told = both.tell("SUCCESS")["result"]
        wait_until(lambda: both.one.ended)
        assert not both.all.ended
    whole = client.get(f"/task_status/{task_id}").json["result"]
    if what.startswith("large l") or what == "large":
        assert told.startswith(whole[:100] if isinstance(whole, str) else "[0, 1, 2")
        assert told.endswith("characters in all)")
        assert len(told) < LONGEST_RESULT
    else:
        assert told == whole


@pytest.mark.parametrize("what", TEXTS)
def test_an_exceptions_own_words_stay_text(base, celery, what):
    task_id = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
    with Both(base, task_id) as both:
        celery.backend.store_result(task_id, ValueError(TEXTS[what]), "FAILURE")
        told = both.tell("FAILURE")["status"]
    assert told.startswith(f"Failed: ValueError: {TEXTS[what][:1000]}")
    assert what != "large" or told.endswith("(5,000,012 characters in all)")


@pytest.mark.parametrize("what", TEXTS)
def test_a_progress_message_and_a_state_of_anybodys_stay_text(base, celery, what):
    task_id = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
    state = TEXTS[what][:100]
    with Both(base, task_id) as both:
        meta = {"current": 1, "total": 2, "message": TEXTS[what]}
        celery.backend.store_result(task_id, meta, TEXTS[what])
        told = both.tell(state)
    assert told["progress"]["message"] == TEXTS[what][:500]


@pytest.mark.parametrize("what", TEXTS)
def test_a_name_and_arguments_stay_text(base, celery, what):
    text = TEXTS[what]
    with Reader(base, "/events") as reader:
        sent = celery.send_task(f"tests.{text}", [text], {"key": text}, queue="nowhere").id
        told = reader.wait_for_state("PENDING", sent)
    assert len(told["name"]) <= 200
    assert told["name"][:50] == text.rpartition(".")[2][:50]
    assert len(told["arguments"]) <= 200


@pytest.mark.parametrize(
    "stored",
    [
        b"no json",
        b"\xff\xfe\n\n",
        b"[" * 5000,
        b'{"status": "FAILURE", "result": {"exc": "no type"}, "task_id": "x"}',
        b'{"status": null, "result": null}',
        b'{"status": "SUCCESS", "result": 1e999}',
    ],
)
def test_a_record_that_makes_no_sense_is_told_and_the_stream_goes_on(base, celery, server, stored):
    task_id = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
    with Both(base, task_id) as both:
        both.tell("PENDING")
        key = celery.backend.get_key_for_task(task_id)
        server.client().set(key, stored)
        server.client().publish(key, stored)
        told = both.all.wait_for(lambda d: d["task_id"] == task_id and d["state"] != "PENDING")
        assert isinstance(told["state"], str)
        celery.backend.store_result("another", 1, "SUCCESS")
        later = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
        both.all.wait_for_state("PENDING", later)


def test_nonsense_on_the_ledgers_own_channel_changes_nothing(base, app, celery, server):
    with Reader(base, "/events") as reader:
        reader.wait_for(is_ok, "health")
        channel = celery.backend.get_key_for_task(app.extensions["ledger"].news)
        for nonsense in (b"", b"no json", b"[" * 5000, b'{"status": {"a": 1}}'):
            server.client().publish(channel, nonsense)
        sent = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
        reader.wait_for_state("PENDING", sent)


def test_an_id_of_anybodys_is_text_too(base, celery):
    with Reader(base, "/events") as reader:
        for task_id in (MARKUP, "health", LINES.replace("\x00", ""), "ä ö", "x" * 255):
            celery.send_task("tests.nobody_runs_it", task_id=task_id, queue="nowhere")
            reader.wait_for_state("PENDING", task_id)
        celery.send_task("tests.nobody_runs_it", task_id="y" * 100_000, queue="nowhere")
        later = celery.send_task("tests.nobody_runs_it", queue="nowhere").id
        reader.wait_for_state("PENDING", later)
    assert not [data for data in reader.data() if data["task_id"].startswith("yy")]
