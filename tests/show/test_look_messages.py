"""Messages opened and the calls that made them, as functions of the bytes."""

import base64
import json
import pickle
from html.parser import HTMLParser

import pytest
from celery import Celery, chain, group

from labapp.show.look.calls import brief, call_of, remarks_on
from labapp.show.look.messages import LARGEST, open_message
from labapp.show.look.picture import lasting, picture

DANGEROUS = pickle.dumps(ValueError("unpickled"))


def envelope(body=None, encoding="base64", content_type="application/json", **more):
    body = [[1], {"size": 2}, {}] if body is None else body
    text = body if isinstance(body, str) else json.dumps(body)
    if encoding == "base64":
        text = base64.b64encode(text.encode()).decode()
    made = {
        "body": text,
        "content-type": content_type,
        "content-encoding": "utf-8",
        "headers": {"task": "shop.resize", "id": "an-id", **more.pop("headers", {})},
        "properties": {"body_encoding": encoding, **more.pop("properties", {})},
    }
    return json.dumps(made | more).encode()


def call(raw, queue="celery"):
    return call_of(open_message(raw), queue, "celery")


def sent(make):
    """The raw message of what `make(app)` sends, over the memory transport."""
    app = Celery("sender", broker="memory://", set_as_current=False)

    @app.task(name="shop.resize", shared=False)
    def resize(*args, **kwargs): ...

    make(resize)
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        queue = channel.queues["celery"]
        payload = queue.get(timeout=5)
        queue.queue.clear()  # the memory is the whole process's
    return json.dumps(payload).encode()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda t: t.delay(), "resize.delay()"),
        (lambda t: t.delay(1, size=2), "resize.delay(1, size=2)"),
        (
            lambda t: t.apply_async(["a"], {"not a name": 1}),
            "resize.delay('a', **{'not a name': 1})",
        ),
        (lambda t: t.apply_async([1], priority=9), "resize.apply_async(args=[1], priority=9)"),
        (
            lambda t: t.apply_async(time_limit=9, soft_time_limit=5),
            "resize.apply_async(time_limit=9, soft_time_limit=5)",
        ),
        (lambda t: t.apply_async(ignore_result=True), "resize.apply_async(ignore_result=True)"),
        (
            lambda t: t.apply_async(link=t.s(), link_error=t.si(1)),
            "resize.apply_async(link=[resize.s(...)], link_error=[resize.s(...)])",
        ),
    ],
)
def test_the_call_is_written_back_from_what_celery_sends(make, told):
    assert call(sent(make)) == told


def test_a_countdown_is_told_as_the_eta_that_it_has_become():
    raw = sent(lambda task: task.apply_async(countdown=60, expires=300))
    told = call(raw)
    assert told.startswith("resize.apply_async(eta=datetime.fromisoformat('20")
    assert ", expires=datetime.fromisoformat('20" in told


def test_workflows_and_retries_are_told_beside_the_call():
    linked = open_message(sent(lambda t: chain(t.s(1), t.s(2), t.s(3)).delay()))
    assert remarks_on(linked) == ["Then: resize.s(...), resize.s(...)."]
    again = open_message(envelope(headers={"retries": 2, "group": "a-group"}))
    assert remarks_on(again) == ["Sent again: this is try 3.", "One of the group 'a-group'."]
    body = {"chord": {"task": "shop.total"}}
    assert remarks_on(open_message(envelope([[], {}, body]))) == [
        "A part of a chord that ends in total.s(...)."
    ]
    given_back = open_message(envelope(properties={"delivery_info": {"redelivered": True}}))
    assert "put back" in remarks_on(given_back)[0]


def test_a_group_of_celery_is_opened_too():
    grouped = open_message(sent(lambda task: group(task.s(n) for n in range(2)).apply_async()))
    assert grouped["args"] == [0]
    assert remarks_on(grouped)[0].startswith("One of the group ")


def test_a_task_of_an_odd_name_is_told_by_its_whole_name():
    raw = envelope(headers={"task": "<b>not a name</b>"})
    assert call(raw) == ("app.send_task('<b>not a name</b>', args=[1], kwargs={'size': 2})")
    assert call(envelope(headers={"task": "shop.class"})).startswith("app.send_task('shop.class'")


def test_protocol_one_has_all_of_it_in_the_body():
    body = {"task": "old.add", "id": "1", "args": [2, 3], "kwargs": {}}
    raw = envelope(body, headers={})
    old = json.loads(raw)
    old["headers"] = {}
    assert call(json.dumps(old).encode()) == "add.delay(2, 3)"


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (
            envelope(
                base64.b64encode(DANGEROUS).decode(),
                encoding="none",
                content_type="application/x-python-serialize",
                properties={"body_encoding": "base64"},
            ),
            "run whatever code it holds",
        ),
        (envelope(content_type="application/x-yaml", encoding="none", body="a: 1"), "Not JSON"),
        (envelope(content_type="application/x-msgpack"), "Not JSON"),
        (
            envelope(headers={"compression": "application/x-gzip"}),
            "Compressed (application/x-gzip)",
        ),
        (
            envelope("!!", encoding="none", properties={"body_encoding": "base64"}),
            "base64 and is not",
        ),
        (envelope("{", encoding="none"), "cannot be read as such"),
        (envelope("[" * 100_000, encoding="none"), "cannot be read as such"),
        (b"[" * 100_000, "not JSON, or too deep"),
        (b"\xff\x00\xfe", "not JSON, or too deep"),
        (b"9" * 50_000, "not JSON, or too deep"),
        (b"[]", "it has no body"),
        (b'{"body": {"a": 1}, "headers": [], "properties": 7}', ""),
        (b"x" * (LARGEST + 1), "Not opened: it has 1,048,577 bytes"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "raw",
)
def test_what_is_not_plain_json_is_shown_as_what_it_is(raw, note):
    message = open_message(raw)
    assert note in message["note"]
    assert bool(note) == bool(message["note"])
    assert message["size"] == len(raw)
    assert message["body"] is None or not note
    assert len(message["text"]) < 500


def test_pickle_is_never_read(monkeypatch):
    for name in ("loads", "load", "Unpickler", "_loads"):
        monkeypatch.setattr(pickle, name, lambda *_: pytest.fail("unpickled"))
    raw = envelope(
        base64.b64encode(DANGEROUS).decode(),
        encoding="none",
        content_type="application/x-python-serialize",
        properties={"body_encoding": "base64"},
        headers={"argsrepr": "('<i>mine</i>',)", "kwargsrepr": "{}"},
    )
    assert call(raw) == "resize.apply_async(args=('<i>mine</i>',))"
    assert "unpickled" in open_message(raw)["text"]


@pytest.mark.parametrize(
    "field",
    [
        {"headers": {"retries": float("inf"), "eta": 5, "timelimit": "x", "group": {"a": [1]}}},
        {"headers": {"eta": "9" * 50, "expires": "never", "shadow": ["x"]}},
        {"properties": {"priority": 1e400, "delivery_info": "nowhere"}},
        {"body": [[], {}, {"chain": "x", "callbacks": [1], "errbacks": {}, "chord": 3}]},
        {"body": [1, 2, 3]},
        {"body": {"task": 7, "id": None}},
    ],
    ids=str,
)
def test_fields_of_any_kind_are_shown_and_never_fail(field):
    message = open_message(envelope(**field))
    shown = message | {"call": call_of(message, "celery", "celery"), "remarks": remarks_on(message)}
    assert picture(look_at(shown))


def look_at(message):
    """A look that holds this one message."""
    message = {"priority": 0, "queue": "celery", **message}
    queue = {"name": "celery", "says": "", "waiting": 1, "priorities": {}, "left_out": 0}
    return {
        "at": 0.0,
        "broker": "redis://x",
        "notes": [],
        "unacked": None,
        "keys": [],
        "others": [],
        "results": {"says": ""},
        "queues": [queue | {"messages": [message]}],
    }


class Tags(HTMLParser):
    """The tags of a page, in the order of their opening."""

    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        assert {name for name, _ in attrs} <= {"style", "scope"}, attrs

    def handle_data(self, data):
        self.text += data


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00\x1b[31m\ud800</td>"


def test_hostile_words_stand_as_text_wherever_they_are():
    raw = envelope(
        [[HOSTILE], {HOSTILE: HOSTILE}, {}],
        content_type=HOSTILE,
        headers={"task": HOSTILE, "id": HOSTILE, HOSTILE: HOSTILE, "group": HOSTILE},
        properties={HOSTILE: HOSTILE},
    )
    message = open_message(raw)
    shown = message | {
        "call": call_of(message, HOSTILE, "celery"),
        "remarks": remarks_on(message),
        "queue": HOSTILE,
    }
    look = look_at(shown)
    look["queues"][0]["name"] = look["broker"] = HOSTILE
    look["notes"], look["others"] = [HOSTILE], [HOSTILE]
    page = picture(look)
    page.encode()
    tags = Tags(page)
    assert "script" not in tags.found
    assert "img" not in tags.found
    assert tags.text.count("<script>alert(1)</script>") >= 10
    assert not set("\u202e\x00\x1b") & set(page)


def test_megabytes_in_one_message_are_cut_with_a_note():
    raw = envelope([["x" * 700_000], {}, {}])
    message = open_message(raw)
    shown = message | {"call": call_of(message, "celery", "celery"), "remarks": []}
    page = picture(look_at(shown))
    assert len(page) < 20_000
    assert "characters in all" in page


def test_what_is_wide_or_deep_is_cut():
    assert len(brief(list(range(10_000)))) < 100
    deep: object = []
    for _ in range(900):
        deep = [deep]
    assert brief(deep) == "[[[[[...]]]]]"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "for ever"), (-3, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (86_399, "23 h 59 min")],
)
def test_times_are_told_in_two_units(seconds, told):
    assert lasting(seconds) == told
