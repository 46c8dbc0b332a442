"""A look into a real Redis: everything there is told, and nothing is changed."""

import json
import time

import pytest
from celery import Celery, chord
from flask import Flask

from labapp import queue
from labapp.show.look import redis_reader
from labapp.show.look.look import TEXT
from tests.live.services import wait_until

READ_ONLY = "+@read +@connection +dbsize +memory|usage -@write"


@pytest.fixture
def client(own_server):
    with own_server.client() as client:
        yield client


@pytest.fixture
def app(own_server):
    made = make_app(own_server.url())
    yield made
    made.close()


def make_app(broker, backend=None, **conf):
    app = Celery("looked", broker=broker, backend=backend or broker, set_as_current=False)
    app.conf.update(**conf)
    return app


def queue_of(look, name="celery"):
    return next(one for one in look.data["queues"] if one["name"] == name)


def dump(client):
    """Every key with its value, as the server would write it down."""
    return {key: (client.dump(key), client.pttl(key)) for key in sorted(client.scan_iter())}


def key(look, name):
    return next(one for one in look.data["keys"] if one["key"] == name)


def test_messages_are_opened_beside_their_calls_the_next_one_first(app):
    ids = [app.send_task("shop.resize", args=[n]).id for n in range(3)]
    look = queue(app)
    found = queue_of(look)
    assert found["waiting"] == 3
    assert [message["id"] for message in found["messages"]] == ids
    assert [message["call"] for message in found["messages"]] == [
        f"resize.delay({n})" for n in range(3)
    ]
    first = found["messages"][0]
    assert first["body"][0] == [0]
    assert (first["encoding"], first["content_type"]) == ("base64", "application/json")
    assert first["headers"]["task"] == "shop.resize"
    page = look._repr_mimebundle_()["text/html"]
    assert "<code>resize.delay(2)</code>" in page
    assert f"<code>{ids[2]}</code>" in page
    assert "The name under which the worker looks for the task" in page


def test_its_text_is_one_line_that_is_always_the_same(app, client):
    empty = queue(app)
    app.send_task("shop.resize")
    assert repr(empty) == repr(queue(app)) == TEXT
    assert queue(app)._repr_mimebundle_()["text/plain"] == TEXT


def test_a_scheduled_message_says_when_it_is_due(app):
    app.send_task("shop.resize", countdown=90)
    look = queue(app)
    assert "eta=datetime.fromisoformat(" in queue_of(look)["messages"][0]["call"]
    assert '<td style="text-align: left">in 1 min' in look._repr_mimebundle_()["text/html"]


def test_each_priority_is_a_list_of_its_own_and_the_lowest_number_comes_first(app):
    for priority in (9, None, 3, 6):
        app.send_task("shop.resize", args=[priority], priority=priority)
    found = queue_of(queue(app))
    assert found["by_priority"] == {0: 1, 3: 1, 6: 1, 9: 1}
    assert [message["args"] for message in found["messages"]] == [[None], [3], [6], [9]]
    assert "priority 9" in found["priorities"][9]
    few = queue_of(queue(app, messages=3))
    assert ([message["args"] for message in few["messages"]], few["left_out"]) == (
        [[None], [3], [6]],
        1,
    )


def test_queues_that_the_app_does_not_know_are_found(app, own_server, client):
    app.send_task("shop.resize", queue="media")
    app.send_task("shop.resize", queue="mail", priority=7)
    client.delete("_kombu.binding.mail", "_kombu.binding_permanent.mail")
    looked = queue(make_app(own_server.url()))
    assert {one["name"]: one["waiting"] for one in looked.data["queues"]} == {
        "celery": 0,
        "media": 1,
        "mail": 1,
    }
    assert queue_of(looked, "mail")["messages"][0]["call"] == (
        "resize.apply_async(queue='mail', priority=7)"
    )


def test_a_prefix_of_the_apps_own_is_followed(own_server, client):
    options = {"global_keyprefix": "shop:"}
    app = make_app(
        own_server.url(),
        broker_transport_options=options,
        result_backend_transport_options=options,
    )
    app.send_task("shop.resize", priority=3)
    app.backend.store_result("an-id", 1, "SUCCESS")
    app.send_task("shop.resize", queue="celery")
    look = queue(app)
    assert queue_of(look)["waiting"] == 2
    assert look.data["results"]["kept"][0]["id"] == "an-id"
    assert key(look, "shop:_kombu.binding.celery")["holds"] == ["celery → celery"]
    assert look.data["others"] == []


def test_what_a_worker_holds_has_a_deadline(server, worker, app):
    app = make_app(server.url(), server.url(1), broker_transport_options={"visibility_timeout": 50})
    job = app.send_task("echo", [1], countdown=600)
    wait_until(lambda: queue(app).data["unacked"]["count"], 20)
    found = queue(app).data["unacked"]
    held = next(message for message in found["messages"] if message["id"] == job.id)
    assert found["visibility_timeout"] == 50
    assert 0 < held["seconds_left"] <= 50
    assert held["queue"] == "celery"
    assert held["call"].startswith("echo.apply_async(args=[1], eta=")
    page = queue(app)._repr_mimebundle_()["text/html"]
    assert "Fetched and not acknowledged: 1" in page
    assert "visibility_timeout, 50 s" in page


def test_results_have_their_state_and_their_time_to_live(app):
    app.backend.store_result("done", {"made": 3}, "SUCCESS")
    app.backend.store_result("failed", ValueError("<b>no</b>"), "FAILURE")
    app.backend.client.persist("celery-task-meta-failed")
    look = queue(app)
    kept = {row["id"]: row for row in look.data["results"]["kept"]}
    assert kept["done"]["state"] == "SUCCESS"
    assert kept["done"]["result"] == {"made": 3}
    assert 86_000 < kept["done"]["seconds_left"] <= 86_400
    assert (kept["failed"]["state"], kept["failed"]["seconds_left"]) == ("FAILURE", None)
    page = look._repr_mimebundle_()["text/html"]
    assert "23 h 59 min" in page
    assert "for ever" in page
    assert "<b>no" not in page


def test_results_elsewhere_are_looked_up_there(own_server, client):
    app = make_app(own_server.url(), own_server.url(5))
    app.backend.store_result("an-id", 1, "SUCCESS")
    client.set("celery-task-meta-other", "{}")
    look = queue(app)
    assert [row["id"] for row in look.data["results"]["kept"]] == ["an-id"]
    assert "another app" in key(look, "celery-task-meta-other")["says"]


def test_results_that_are_no_json_are_shown_as_what_they_are(app, client):
    client.set("celery-task-meta-packed", b"\x80\x04\x95pickle")
    client.set("celery-task-meta-large", b"x" * 1_000_000)
    client.lpush("celery-task-meta-list", "not a result at all")
    look = queue(app)
    notes = {row["id"]: row["note"] for row in look.data["results"]["kept"]}
    assert notes["packed"].startswith("Not JSON")
    assert notes["large"] == "Not opened: it is too large."
    assert "list" not in notes


def test_each_key_of_celerys_is_told_what_it_is_for(server, worker, app):
    app = make_app(server.url(), server.url(1))
    job = chord([app.signature("echo", [n]) for n in range(2)])(app.signature("echo"))
    app.backend.client.zadd("celery-taskset-meta-a-group.j", {"x": 1})
    app.control.ping(timeout=0.1)
    look = queue(app)
    told = {row["key"]: row["says"] for row in look.data["keys"]}
    assert "routing table" in told["_kombu.binding.celery"]
    assert "swept" in told["_kombu.binding_deadlines"]
    assert any("remote control" in name for name in told) or any("pidbox" in n for n in told)
    (counters,) = (says for name, says in told.items() if name.startswith("celery-taskset-meta"))
    assert "A chord's counters" in counters
    assert all(says.endswith(".") for says in told.values())
    assert job.id


def test_keys_of_somebody_else_are_counted_and_not_opened(app, client):
    client.set("session:<script>", "private")
    client.hset("unacked", "tag", "no message at all")  # beside it no index: nobody's
    client.xadd("a stream", {"x": 1})
    client.lpush("a list of theirs", "private")
    look = queue(app)
    assert look.data["others"] == ["a list of theirs", "a stream", "session:<script>"]
    page = look._repr_mimebundle_()["text/html"]
    assert "Not celery" not in page
    assert "private" not in page
    assert "session:&lt;script&gt;" in page


def test_keys_of_another_type_where_celerys_should_be_do_no_harm(app, client):
    client.set("celery", "a string")
    client.set("unacked_index", "a string")
    client.set("_kombu.binding.celery", "a string")
    client.lpush("_kombu.binding_deadlines", "a list")
    client.sadd("celery\x06\x163", "a set")
    look = queue(app)
    assert queue_of(look)["waiting"] == 0
    assert look.data["notes"] == []
    assert look._repr_mimebundle_()["text/html"]


def test_hostile_keys_are_text(app, client):
    app.send_task("shop.resize", queue="<img src=x>\u202e")
    client.set(b"\xff\xfe<script>", "x")
    client.sadd("_kombu.binding.<script>", "a\x06\x16b\x06\x16<img>", b"\xff", "")
    page = queue(app)._repr_mimebundle_()["text/html"]
    page.encode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_a_large_broker_is_counted_where_it_is_not_read(app, client, monkeypatch):
    monkeypatch.setattr(redis_reader, "SCANNED", 2_000)
    with client.pipeline(transaction=False) as pipe:
        for number in range(5_000):
            pipe.set(f"celery-task-meta-{number}", '{"status": "SUCCESS", "result": 1}', ex=600)
        for number in range(3_000):
            pipe.lpush("celery", json.dumps({"body": "[[],{},{}]", "properties": {"x": number}}))
        pipe.execute()
    begin = time.monotonic()
    look = queue(app, messages=7, keys=5)
    assert time.monotonic() - begin < 5
    found = queue_of(look)
    assert (found["waiting"], len(found["messages"]), found["left_out"]) == (3_000, 7, 2_993)
    assert len(look.data["results"]["kept"]) == 5
    assert look.data["results"]["left_out"] >= 1_900
    assert "keys were not looked through" in look.data["notes"][0]
    page = look._repr_mimebundle_()["text/html"]
    assert len(page) < 60_000
    assert "2,993 more messages not shown." in page


def test_megabytes_in_a_queue_are_not_all_read(app, client):
    raw = json.dumps({"body": "x" * 3_000_000, "properties": {}})
    for _ in range(10):
        client.lpush("celery", raw)
    before = client.info("stats")["total_net_output_bytes"]
    look = queue(app)
    assert client.info("stats")["total_net_output_bytes"] - before < 8_000_000
    assert queue_of(look)["waiting"] == 10
    assert "Not opened: it has 3,000" in queue_of(look)["messages"][0]["note"]


def test_nothing_is_changed(app, client):
    for number in range(3):
        app.send_task("shop.resize", args=[number], priority=number * 3)
    app.backend.store_result("an-id", 1, "SUCCESS")
    client.zadd("unacked_index", {"tag": time.time()})
    client.hset("unacked", "tag", json.dumps([{"body": ""}, "", "celery"]))
    before = dump(client)
    queue(app)
    after = dump(client)
    assert before.keys() == after.keys()
    assert {k: v[0] for k, v in before.items()} == {k: v[0] for k, v in after.items()}
    assert all(left <= before[k][1] for k, (_, left) in after.items())


def test_a_user_who_may_only_read_can_look(own_server, client):
    make_app(own_server.url()).send_task("shop.resize")
    client.acl_setuser("reader", enabled=True, passwords=["+sesame"], keys=["*"], commands=[])
    client.execute_command("ACL", "SETUSER", "reader", *READ_ONLY.split())
    url = own_server.url().replace(f":{own_server.password}@", "reader:sesame@")
    look = queue(make_app(url))
    assert look.data["notes"] == []
    assert queue_of(look)["messages"][0]["call"] == "resize.delay()"
    assert "sesame" not in look._repr_mimebundle_()["text/html"]


def test_a_user_who_may_not_is_told(own_server, client):
    client.acl_setuser("nobody", enabled=True, passwords=["+sesame"], commands=["+ping", "+hello"])
    url = own_server.url().replace(f":{own_server.password}@", "nobody:sesame@")
    (note,) = queue(make_app(url)).data["notes"]
    assert note.startswith("The broker cannot be looked at:")


@pytest.mark.parametrize("state", ["frozen", "killed"])
def test_a_redis_that_does_not_answer_is_a_sentence_in_seconds(state, app, own_server):
    if state == "frozen":
        own_server.freeze()
    else:
        own_server.kill()
    begin = time.monotonic()
    look = queue(app)
    assert time.monotonic() - begin < 3 * redis_reader.PATIENCE
    if state == "frozen":
        own_server.thaw()
    assert look.data["queues"] == []
    (note,) = look.data["notes"]
    assert note.startswith("The broker cannot be looked at:")
    assert note[:30] in look._repr_mimebundle_()["text/html"]


def test_no_password_is_shown(app, own_server):
    look = queue(app)
    shown = repr(look.data) + look._repr_mimebundle_()["text/html"]
    assert own_server.password not in shown
    assert f"redis://:**@127.0.0.1:{own_server.port}/0" in shown


def test_an_app_without_a_result_store_says_so(own_server):
    app = Celery("looked", broker=own_server.url(), set_as_current=False)
    assert queue(app).data["notes"] == ["This app stores no results."]


# Other brokers, other stores.


def test_the_memory_transport_lets_its_messages_be_seen():
    app = make_app("memory://", "cache+memory://")
    with app.connection_for_write() as connection:  # this process has one such broker for all
        connection.default_channel.queue_purge("celery")
    app.send_task("shop.resize", args=[1], countdown=5)
    app.send_task("shop.resize", args=[2])
    look = queue(app)
    found = queue_of(look)
    assert found["waiting"] == 2
    assert found["messages"][0]["call"].startswith("resize.apply_async(args=[1], eta=")
    assert found["messages"][1]["call"] == "resize.delay(2)"
    assert any("keeps messages in this process" in note for note in look.data["notes"])
    assert any("CacheBackend, not in Redis" in note for note in look.data["notes"])
    assert queue_of(queue(app))["waiting"] == 2
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge("celery")


def test_the_filesystem_transport_shows_its_files_and_takes_none(tmp_path):
    folder = tmp_path / "broker"
    folder.mkdir()
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    options["control_folder"] = str(tmp_path / "control")
    app = make_app("filesystem://", f"db+sqlite:///{tmp_path}/r", broker_transport_options=options)
    app.send_task("shop.resize", args=["a"])
    time.sleep(0.01)  # the order is that of the file names, which count milliseconds
    app.send_task("shop.resize")
    (folder / "0_hostile.celery.msg").write_bytes(b"\xff<script>")
    (folder / "0_pipe.celery.msg").mkdir()
    before = sorted(folder.iterdir())
    look = queue(app)
    found = queue_of(look)
    assert found["waiting"] == 4
    assert [m["call"] for m in found["messages"]][2:] == ["resize.delay('a')", "resize.delay()"]
    assert sorted(folder.iterdir()) == before
    assert "<script>" not in look._repr_mimebundle_()["text/html"]
    assert any("as a file" in note for note in look.data["notes"])


def test_a_broker_that_is_not_there_is_a_sentence():
    (note, *_) = queue(make_app("amqp://127.0.0.1:1//", "rpc://")).data["notes"]
    assert note.startswith("The broker cannot be looked at:")


# What can be asked of it.


@pytest.mark.parametrize("wrong", [{"messages": -1}, {"keys": 10_000}, {"messages": True}])
def test_a_limit_that_cannot_be_is_told(app, wrong):
    with pytest.raises(ValueError, match="is not a whole number from 0 to 1000"):
        queue(app, **wrong)


def test_only_an_app_or_a_lab_can_be_looked_into():
    with pytest.raises(TypeError, match="of a Celery app or a lab, not of str"):
        queue("redis://localhost")


def test_a_flask_app_with_celery_can_be_looked_into(app):
    app.send_task("shop.resize")
    flask = Flask("looked")
    flask.extensions["celery"] = app
    assert queue_of(queue(flask))["waiting"] == 1


def test_looking_leaves_no_connection_behind(app, client):
    queue(app)
    time.sleep(0.2)
    before = len(client.client_list())
    for _ in range(5):
        queue(app)
    time.sleep(0.2)
    assert len(client.client_list()) <= before
