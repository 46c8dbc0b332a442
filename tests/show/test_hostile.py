"""Names, states, messages, results and exceptions of the worst kind are shown as text, and cut."""

import json
import re

import pytest

from labapp import watch
from labapp.live.state import TEXT_LIMIT
from labapp.show.progress_picture import picture
from tests.live.services import wait_until

SCRIPT = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>\"'&"
NESTED = "x"
for _ in range(300):
    NESTED = [NESTED]
PAYLOADS = {
    "markup": SCRIPT,
    "megabytes": "<b>" * 1_000_000,
    "surrogates": "half \ud83d of a pair \udc00, \ud800",
    "control": "a\x00b\x1b[31m\x07\r\n\u202e gnitirw desrever \u2066",
    "binary": b"\x00\xff<b>" * 1_000,
    "nested": NESTED,
    "wide": {f"<i>{n}</i>": [n] * 50 for n in range(2_000)},
    "lines": "\n".join(["<li>"] * 5_000),
}


@pytest.fixture
def ended(app, worker):
    """Watch a task to its end; the widget's model and the picture come back as text."""

    def run(name, *args):
        watched = watch(app.send_task(name, args=args))
        watched.wait(30)
        with watched._watched.lock:
            return shown(watched)

    return run


def shown(watched):
    """What reaches the page: as the kernel encodes it, strictly."""
    model = json.dumps(watched._view(), ensure_ascii=False, allow_nan=False)
    model.encode("utf-8")
    html = str(picture(watched._moment(), watched._watched.lasting))
    html.encode("utf-8")
    return model, html


def assert_text(model, html):
    assert len(model) < 4_000
    assert len(html) < 4_000
    words = re.sub(r'<img alt="[^"<>]*"[^<>]*>', "", html)
    assert set(re.findall(r"<\s*/?\s*(\w+)", words)) <= {
        "table", "thead", "tbody", "tr", "th", "td", "caption", "strong", "p"
    }  # fmt: skip
    assert "onerror='" not in html
    assert not re.search(r"[\x00-\x08\u202a-\u202e\u2066-\u2069]", model + html)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_result(ended, payload):
    assert_text(*ended("echo", payload))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_an_exceptions_words(ended, payload):
    model, html = ended("boom", payload)
    assert_text(model, html)
    assert "ValueError: " in html


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("where", ["message", "state", "meta"])
def test_what_a_task_reports(app, worker, payload, where):
    state = payload if where == "state" and isinstance(payload, str) else "PROGRESS"
    meta = {"current": 1, "total": 2, "message": payload} if where == "message" else payload
    watched = watch(app.send_task("says", args=[state, meta]))
    wait_until(lambda: not {"PENDING", "STARTED"} & set(watched.snapshot()["counts"]))
    with watched._watched.lock:
        assert_text(*shown(watched))
    watched._watched.close()


@pytest.mark.parametrize("payload", ["markup", "megabytes", "surrogates", "control"])
def test_a_tasks_name(server, app, payload):
    record = {"status": "SUCCESS", "result": 1, "name": PAYLOADS[payload], "task_id": "named"}
    server.client(1).set("celery-task-meta-named", json.dumps(record))
    watched = watch(app.AsyncResult("named")).wait(10)
    assert_text(*shown(watched))


def test_what_is_cut_says_how_long_the_whole_is(ended):
    model, html = ended("echo", "é" * 1_234_567)
    assert "… (1,234,567 characters in all)" in html
    assert "… (1,234,567 characters in all)" in model
    assert "characters in all" not in ended("echo", "é" * 250)[1]


def test_what_is_cut_by_its_depth_or_width_says_so(ended):
    assert "..." in ended("echo", NESTED)[1]
    assert "… (cut)" in ended("echo", PAYLOADS["wide"])[1]


def test_a_snapshot_keeps_a_beginning_of_it_alone(app, worker):
    (task,) = watch(app.send_task("echo", ["x" * 3_000_000])).wait(30).snapshot()["tasks"].values()
    assert (len(task["text"]), task["length"]) == (TEXT_LIMIT, 3_000_000)


def test_markup_in_a_thousand_failures_is_text_in_the_list_of_them(app, worker):
    watched = watch([app.send_task("boom", args=[SCRIPT]) for _ in range(40)]).wait(30)
    html = str(picture(watched._moment(), watched._watched.lasting))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 20
