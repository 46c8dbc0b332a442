"""The app by itself, without the lab: Flask's own command, and the settings of each side."""

import sys

import httpx
from app_services import Service, free_port

from labapp.tasks.app import create_app as create_tasks_app
from labapp.web import create_app
from labapp.web.timeouts import PATIENCE, POOL, QuietBackend


def test_the_flask_command_finds_the_app(own_server, tmp_path):
    port = str(free_port())
    command = [sys.executable, "-m", "flask", "--app", "labapp.web", "run", "--port", port]
    service = Service(command, tmp_path / "log", REDIS_URL=own_server.url)
    try:
        service.wait_for("Running on")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as web:
            started = web.get("/start_task")
            assert started.status_code == 202
            assert web.get(started.headers["Location"]).json()["state"] == "PENDING"
    finally:
        service.end()


def test_impatience_is_the_web_apps_and_no_workers():
    web = create_app().extensions["celery"].conf
    worker = create_tasks_app().extensions["celery"].conf
    assert web.redis_socket_timeout == PATIENCE
    assert web.broker_pool_limit == POOL >= 64
    assert worker.redis_socket_timeout == 120
    assert worker.broker_transport_options == {}
    assert worker.task_publish_retry is True


def test_sending_subscribes_to_nothing(own_app, own_client, own_server):
    assert isinstance(own_app.extensions["celery"].backend, QuietBackend)
    own_client.post("/start_task")
    assert own_server.client().pubsub_channels() == []


def test_the_quiet_backend_also_stands_where_the_environment_names_the_address(monkeypatch):
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://127.0.0.1:1/3")
    backend = create_app().extensions["celery"].backend
    assert isinstance(backend, QuietBackend)
    assert backend.connparams["db"] == 3


def test_a_waiting_get_still_hears_of_the_result(own_app, own_client):
    celery = own_app.extensions["celery"]
    task_id = own_client.post("/start_task").json["task_id"]
    celery.backend.store_result(task_id, "heard", "SUCCESS")
    assert celery.AsyncResult(task_id).get(timeout=10) == "heard"


def test_without_redis_as_backend_the_app_says_what_it_needs(own_server):
    app = create_app(
        {"CELERY": {"broker_url": own_server.url, "result_backend": "cache+memory://"}}
    )
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert "CELERY_RESULT_BACKEND or REDIS_URL" in answer.json["error"]
