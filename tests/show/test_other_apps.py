"""Apps of other people, run as they run them: `celery -A their_module worker`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labapp import watch
from tests.live.services import Worker, client_app, wait_until

APPS = Path(__file__).with_name("apps")


@pytest.fixture
def run(server):
    """Start a worker of one of these apps; a client of its broker and results comes back."""
    workers = []

    def start(module, db, backend=""):
        backend = backend or server.url(db)
        workers.append(
            subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", module, "worker", "-c", "2", "-l", "error"],
                env={**os.environ, "TEST_BROKER": server.url(db), "TEST_BACKEND": backend},
                cwd=APPS,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return client_app(server.url(db), backend)

    yield start
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(timeout=20)


def seen(watched):
    """Each line and percent that the display would show until it has ended."""
    found = []

    def note():
        (state,) = watched.snapshot()["tasks"].values()
        moment = (state["state"], state["percent"], state["message"])
        if moment not in found:
            found.append(moment)
        return watched._watched.over.is_set()

    wait_until(note, 30)
    return found


def test_an_app_by_the_flask_documentation(run):
    app = run("flask_docs:celery_app", 5)
    watched = watch([app.send_task("add_together", [2, 3]), app.send_task("process", [40])])
    first, second = watched.wait(30).snapshot()["tasks"].values()
    assert (first["state"], first["text"]) == ("SUCCESS", "5")
    assert "'app': 'shop'" in second["text"]


def test_progress_with_a_status(run):
    app = run("status_shape:celery_app", 6)
    found = seen(watch(app.send_task("long_task")))
    assert ("PROGRESS", 50, "Starting up solar array 4...") in found
    assert len([moment for moment in found if moment[0] == "PROGRESS"]) >= 5
    assert found[-1][0] == "SUCCESS"


def test_progress_as_celery_progress_records_it(run):
    app = run("progress_recorder:celery_app", 7)
    found = seen(watch(app.send_task("my_task", [8])))
    assert ("PROGRESS", 50, "Processing step 4") in found
    assert found[-1][0] == "SUCCESS"


def test_a_database_as_result_store_is_polled_and_said_to_be(run, tmp_path):
    app = run("status_shape:celery_app", 8, f"db+sqlite:///{tmp_path}/results.sqlite")
    watched = watch(app.send_task("long_task"))
    found = seen(watched)
    assert watched.snapshot()["link"] == "polling"
    assert [moment[0] for moment in found][-1] == "SUCCESS"
    assert [moment for moment in found if moment[0] == "PROGRESS"]


def test_of_two_apps_on_one_redis_each_shows_its_own_tasks_alone(server, run):
    one, two = run("status_shape:celery_app", 9), run("progress_recorder:celery_app", 10)
    first = watch(one.send_task("long_task", task_id="one-id"), events=True)
    second = watch(two.send_task("my_task", [8], task_id="other-id"), events=True)
    texts = [
        [state["text"] for state in watched.wait(30).snapshot()["tasks"].values()]
        for watched in (first, second)
    ]
    assert texts[0][0].startswith("{'current': 100")
    assert texts[1] == ["28"]
    assert list(first.snapshot()["tasks"]) == ["one-id"]
    feeds = [watched._watched.followings[0]._feed for watched in (first, second)]
    assert feeds[0] is not feeds[1]
    assert "other-id" not in feeds[0]._book.model._others


def test_events_of_workers_that_the_lab_did_not_start_are_asked_for_in_words(server):
    worker = Worker(server.url(15), server.url(15))
    try:
        app = client_app(server.url(15), server.url(15))
        plain = watch(app.send_task("echo", [1], countdown=60))
        assert plain.snapshot()["events"] == "off"
        assert "watch(..., events=True)" in plain._view()["source"]
        asked = watch(app.send_task("again"), events=True)
        wait_until(lambda: asked.snapshot()["events"] == "heard", 20)
        job = app.send_task("again")
        retried = watch(job, events=True)
        assert retried._view()["source"] == ""
        wait_until(lambda: "RETRY" in retried.snapshot()["counts"])
        wait_until(lambda: "RETRY" in asked.snapshot()["counts"])
        for watched in (plain, asked, retried):
            watched._watched.close()
    finally:
        worker.end()
