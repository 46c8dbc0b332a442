"""Workers sign in and out, and what was revoked stays revoked."""

import json
import subprocess
import sys

from app_services import Service, clean_environment, wait_until

from labapp.tasks.app import celery_config
from labapp.tasks.presence import LIFETIME, present_workers
from labapp.tasks.revocation import remember_revoked, revoke

SHORT = 20


def celery_of(app):
    return app.extensions["celery"]


def state_of(job):
    return lambda: job.state


def test_a_worker_is_present_from_ready_to_its_end(own_app, own_worker):
    assert present_workers(celery_of(own_app)) == []
    worker = own_worker("one@here")
    assert present_workers(celery_of(own_app)) == ["one@here"]
    worker.stop()
    assert present_workers(celery_of(own_app)) == []


def test_a_killed_worker_is_gone_when_its_sign_of_life_ends(own_app, own_worker):
    worker = own_worker("one@here")
    worker.end()
    wait_until(lambda: present_workers(celery_of(own_app)) == [], 3 * LIFETIME)


def test_a_worker_stays_present_and_comes_back_after_an_outage(own_server, own_app, own_worker):
    own_worker("one@here")
    own_server.kill()
    own_server.start()
    wait_until(lambda: present_workers(celery_of(own_app)) == ["one@here"], 30)


def test_a_task_revoked_while_no_worker_is_there_never_runs(own_app, own_worker):
    celery = celery_of(own_app)
    revoked, kept = (celery.send_task("tests.which_process") for _ in range(2))
    assert revoke(celery, revoked.id, state_of(revoked)) == ("PENDING", "REVOKED")
    assert revoked.state == "REVOKED"
    own_worker("one@here")
    assert kept.get(timeout=SHORT) == "one@here"
    # A new AsyncResult: the first one remembers a final state.
    assert celery.AsyncResult(revoked.id).state == "REVOKED"


def test_a_task_that_waits_behind_others_is_revoked(celery, worker):
    busy = [celery.send_task("tests.count", [10, 0.1]) for _ in range(2)]
    waiting = celery.send_task("tests.add", [1, 2])
    assert revoke(celery, waiting.id, state_of(waiting)) == ("PENDING", "REVOKED")
    for job in busy:
        job.get(timeout=SHORT)
    assert celery.send_task("tests.add", [3, 4]).get(timeout=SHORT) == 7
    assert waiting.state == "REVOKED"


def test_a_running_task_goes_on_unless_it_is_terminated(celery, worker):
    goes_on, ended = (celery.send_task("tests.count", [20, 0.1]) for _ in range(2))
    wait_until(lambda: (goes_on.state, ended.state) == ("PROGRESS", "PROGRESS"))
    assert revoke(celery, goes_on.id, state_of(goes_on))[1] == "PROGRESS"
    assert revoke(celery, ended.id, state_of(ended), terminate=True)[1] == "PROGRESS"
    wait_until(lambda: ended.state == "REVOKED")
    assert goes_on.get(timeout=SHORT) is None
    assert goes_on.state == "SUCCESS"


def test_a_task_on_the_list_does_not_run_though_its_worker_never_heard_of_it(celery, worker):
    # As if it was revoked between the worker's own check and the start in the pool's process.
    remember_revoked(celery, "revoked-in-between")
    job = celery.send_task("tests.add", [1, 2], task_id="revoked-in-between")
    wait_until(lambda: job.state == "REVOKED")
    assert job.result is None or "revoked" in str(job.result)


def test_a_task_that_starts_while_it_is_being_revoked_is_told_as_running(celery, worker):
    job = celery.send_task("tests.count", [10, 0.1])

    def read_state_late():
        seen = job.state
        wait_until(lambda: job.state == "PROGRESS")
        return seen

    assert revoke(celery, job.id, read_state_late)[1] in {"STARTED", "PROGRESS"}
    job.get(timeout=SHORT)


def test_a_task_that_has_ended_keeps_its_state(celery, worker):
    job = celery.send_task("tests.add", [1, 2])
    job.get(timeout=SHORT)
    assert revoke(celery, job.id, state_of(job)) == ("SUCCESS", "SUCCESS")
    assert job.state == "SUCCESS"


def test_the_celery_command_finds_the_app(own_server, own_app, tmp_path):
    arguments = ["-A", "labapp.tasks", "worker", "--pool", "solo", "--loglevel", "INFO"]
    command = [sys.executable, "-m", "celery", *arguments]
    worker = Service(command, tmp_path / "log", REDIS_URL=own_server.url)
    try:
        worker.wait_for(" ready.", 60)
        name = "labapp.tasks.long_running.long_running_task"
        job = celery_of(own_app).send_task(name, kwargs={"seconds": 0})
        assert "completed successfully" in job.get(timeout=SHORT)
        assert own_server.password not in worker.output()
        assert "thumbnails" in worker.output()
        assert "word_count" in worker.output()
    finally:
        worker.end()


def test_importing_the_tasks_costs_what_celery_and_flask_cost():
    script = (
        "import json, sys, importlib, labapp.tasks, labapp.tasks.app\n"
        "[importlib.import_module(name) for name in labapp.tasks.app.TASK_MODULES]\n"
        "assert 'celery' not in vars(labapp.tasks)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, check=True, env=clean_environment(), text=True,
    ).stdout  # fmt: skip
    modules = set(json.loads(output))
    assert not modules & {"PIL", "pydantic", "labapp.web", "IPython", "anywidget", "labapp.lab"}


def test_the_environment_says_where_broker_and_backend_are():
    def places(**environ):
        config = celery_config(environ)
        return config["broker_url"], config["result_backend"]

    assert places() == ("redis://localhost:6379/0",) * 2
    assert places(REDIS_URL="redis://a/1") == ("redis://a/1",) * 2
    assert places(REDIS_URL="redis://a/1", CELERY_BROKER_URL="amqp://b") == (
        "amqp://b",
        "redis://a/1",
    )
    assert places(REDIS_URL="redis://a/1", CELERY_RESULT_BACKEND="redis://c/2") == (
        "redis://a/1",
        "redis://c/2",
    )
