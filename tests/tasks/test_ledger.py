"""The ledger: which tasks were sent, known as long as their results."""

import json

from celery import chain, group

from labapp.tasks.app import create_app
from labapp.tasks.ledger import LONGEST_ARGUMENTS, LONGEST_NAME, MOST_RECENT, RECENT

DAY = 24 * 3600


def ledger_of(app):
    return app.extensions["ledger"]


def celery_of(app):
    return app.extensions["celery"]


def test_a_waiting_task_is_known_and_pending(own_app):
    job = celery_of(own_app).send_task("tests.add", [1, 2])
    assert ledger_of(own_app).knows(job.id)
    assert job.state == "PENDING"


def test_an_id_that_was_never_sent_is_not_known(own_app):
    for task_id in ("never", "", "x" * 10_000, "\x00", "<script>"):
        assert not ledger_of(own_app).knows(task_id)


def test_an_entry_lives_as_long_as_results(own_server, own_app):
    job = celery_of(own_app).send_task("tests.add", [1, 2])
    assert DAY - 60 < own_server.client().ttl(f"{RECENT}:{job.id}") <= DAY
    assert DAY - 60 < own_server.client().ttl(RECENT) <= DAY


def test_an_entry_follows_the_apps_own_lifetime_of_results(own_server):
    url = own_server.url
    app = create_app({"CELERY": {"broker_url": url, "result_backend": url, "result_expires": 60}})
    job = celery_of(app).send_task("tests.add", [1, 2])
    assert 0 < own_server.client().ttl(f"{RECENT}:{job.id}") <= 60


def test_an_expired_entry_is_unknown_and_not_listed(own_server, own_app):
    job = celery_of(own_app).send_task("tests.add", [1, 2])
    own_server.client().delete(f"{RECENT}:{job.id}")
    assert not ledger_of(own_app).knows(job.id)
    assert ledger_of(own_app).recent() == []


def test_a_result_without_an_entry_is_known(own_app):
    celery_of(own_app).backend.store_result("sent-by-another", 3, "SUCCESS")
    assert ledger_of(own_app).knows("sent-by-another")


def test_recent_tasks_come_newest_first(own_app):
    jobs = [celery_of(own_app).send_task("tests.add", [n, n]) for n in range(5)]
    recent = ledger_of(own_app).recent(3)
    assert [sent.id for sent in recent] == [job.id for job in reversed(jobs[2:])]
    assert recent[0].name == "tests.add"
    assert "4, 4" in recent[0].arguments


def test_arguments_are_shortened(own_app):
    celery_of(own_app).send_task("tests.add", ["x" * 100_000, "y"])
    assert len(ledger_of(own_app).recent()[0].arguments) <= LONGEST_ARGUMENTS


def test_the_list_is_bounded_but_older_ids_stay_known(own_server, own_app):
    ledger = ledger_of(own_app)
    for number in range(MOST_RECENT + 5):
        ledger.note(f"id-{number}", "tests.add", "")
    assert own_server.client().zcard(RECENT) == MOST_RECENT
    assert ledger.knows("id-0")


def test_only_this_apps_tasks_are_noted(own_server, own_app, app):
    """Two apps live in this process: what one sends is no entry of the other's."""
    sent_here = celery_of(own_app).send_task("tests.add", [1, 2])
    sent_there = app.extensions["celery"].send_task("tests.add", [1, 2])
    assert [sent.id for sent in ledger_of(own_app).recent()] == [sent_here.id]
    assert not ledger_of(own_app).knows(sent_there.id)


def test_a_named_queue_is_noted_too(own_app):
    job = celery_of(own_app).send_task("tests.add", [1, 2], queue="media")
    assert ledger_of(own_app).knows(job.id)


def test_what_a_worker_sends_is_known(celery, ledger, worker):
    sent_inside = celery.send_task("tests.chain_on").get(timeout=20)
    assert ledger.knows(sent_inside)


def test_every_link_of_a_chain_is_known(celery, ledger, worker):
    add = celery.signature("tests.add")
    last = chain(add.clone([1, 2]), add.clone([3]), add.clone([4])).apply_async()
    assert last.get(timeout=20) == 10
    assert ledger.knows(last.id)
    assert ledger.knows(last.parent.id)


def test_every_member_of_a_group_is_known(celery, ledger, worker):
    members = group(celery.signature("tests.add", [n, n]) for n in range(3)).apply_async()
    assert members.get(timeout=20) == [0, 2, 4]
    assert all(ledger.knows(member.id) for member in members)


def test_a_retried_task_keeps_its_place(celery, ledger, worker):
    retried = celery.send_task("tests.retry", kwargs={"countdown": 0})
    later = celery.send_task("tests.add", [1, 2])
    assert retried.get(timeout=20) == 1
    ids = [sent.id for sent in ledger.recent(1000)]
    assert ids.count(retried.id) == 1
    assert ids.index(later.id) < ids.index(retried.id)


def test_a_task_is_sent_where_its_entry_cannot_be_written(own_server, own_app, caplog):
    own_server.client().set(RECENT, "in the way: no sorted set")
    job = celery_of(own_app).send_task("tests.add", [1, 2])
    assert own_server.client().llen("celery") == 1
    assert job.state == "PENDING"
    assert f"Task {job.id} is not in the ledger" in caplog.text


def announcements(server, ledger):
    """Hears what is published on the ledger's own channel."""
    channel = f"celery-task-meta-{ledger.news}"
    pubsub = server.client().pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(channel)
    pubsub.get_message(timeout=5)
    return pubsub


def test_each_entry_is_announced_once_it_is_written(own_server, own_app):
    ledger = ledger_of(own_app)
    pubsub = announcements(own_server, ledger)
    job = celery_of(own_app).send_task("tests.add", [1, 2])
    heard = json.loads(pubsub.get_message(timeout=5)["data"])
    assert heard == {"status": "NOTED", "result": job.id, "task_id": "labapp:ledger:0"}
    assert ledger.knows(job.id)


def test_an_announcement_is_heard_in_its_own_database_alone(own_server, own_app):
    url = own_server.url.removesuffix("/0") + "/7"
    neighbour = create_app({"CELERY": {"broker_url": url, "result_backend": url}})
    pubsub = announcements(own_server, ledger_of(own_app))
    celery_of(neighbour).send_task("tests.add", [1, 2])
    celery_of(own_app).send_task("tests.add", [1, 2], task_id="mine")
    assert json.loads(pubsub.get_message(timeout=5)["data"])["result"] == "mine"


def test_a_name_is_shortened_and_an_endless_id_is_left_out(own_app):
    ledger = ledger_of(own_app)
    ledger.note("one", "n" * 1_000_000, "a" * 1_000_000)
    ledger.note("i" * 1_000_000, "tests.add", "")
    (sent,) = ledger.recent()
    assert (sent.id, len(sent.name), len(sent.arguments)) == (
        "one",
        LONGEST_NAME,
        LONGEST_ARGUMENTS,
    )
    assert sent.name.endswith("…")
