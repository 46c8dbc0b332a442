"""The routes that start, tell and revoke tasks, against a real Redis and a real worker."""

import json

import pytest
from app_services import wait_until

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too'"


def start(client, name="long_running_task", **arguments):
    answer = client.post(f"/tasks/{name}", json=arguments)
    assert answer.status_code == 202, answer.text
    return answer.json["task_id"]


def status(client, task_id):
    answer = client.get(f"/task_status/{task_id}")
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_constant=pytest.fail)


def status_in(client, task_id, state):
    def look():
        seen = status(client, task_id)
        return seen if seen["state"] == state else None

    return wait_until(look)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_articles_route_starts_the_articles_task(own_client, own_server, method):
    answer = getattr(own_client, method)("/start_task")
    assert answer.status_code == 202
    assert list(answer.json) == ["task_id"]
    assert answer.headers["Location"] == f"/task_status/{answer.json['task_id']}"
    message = json.loads(own_server.client().lindex("celery", 0))
    assert message["headers"]["task"] == "labapp.tasks.long_running.long_running_task"


def test_each_start_gets_a_task_id_argument_of_its_own(own_client, own_server):
    own_client.get("/start_task")
    own_client.get("/start_task")
    sent = [
        json.loads(raw)["headers"]["kwargsrepr"]
        for raw in own_server.client().lrange("celery", 0, -1)
    ]
    assert len(set(sent)) == 2


def test_head_starts_nothing(own_client, own_server):
    answer = own_client.head("/start_task")
    assert answer.status_code == 405
    assert own_server.client().llen("celery") == 0


def test_location_leads_to_the_status(client):
    answer = client.post("/tasks/thumbnails", json={"count": 1})
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_waiting_task_is_pending(own_client):
    told = status(own_client, start(own_client))
    assert told == {"state": "PENDING", "status": "Waiting for a worker."}


def test_an_unknown_id_is_404_with_the_reasons(client):
    answer = client.get("/task_status/never-sent")
    assert answer.status_code == 404
    assert "never sent" in answer.json["error"]
    assert "restarted" in answer.json["error"]


def test_ids_are_unknown_once_redis_came_back_empty(own_client, own_server):
    task_id = start(own_client)
    own_server.kill()
    own_server.start()
    assert own_client.get(f"/task_status/{task_id}").status_code == 404


def test_a_finished_task_is_unknown_too_once_redis_came_back_empty(own_client, own_app, own_server):
    task_id = start(own_client)
    own_app.extensions["celery"].backend.store_result(task_id, "kept", "SUCCESS")
    assert status(own_client, task_id)["result"] == "kept"
    own_server.kill()
    own_server.start()
    assert own_client.get(f"/task_status/{task_id}").status_code == 404


def test_success_tells_the_result(client, worker):
    told = status_in(client, start(client, task_id="mine", seconds=0), "SUCCESS")
    assert told["result"] == "Task mine completed successfully"


def test_progress_is_told_while_a_task_runs(client, worker):
    task_id = start(client, seconds=2)
    told = status_in(client, task_id, "PROGRESS")
    assert set(told["progress"]) == {"current", "total", "percent", "message"}
    assert told["progress"]["total"] == 2
    status_in(client, task_id, "SUCCESS")


def test_failure_tells_the_error(client, celery, worker):
    told = status_in(client, celery.send_task("tests.fail", [HOSTILE]).id, "FAILURE")
    assert told == {"state": "FAILURE", "status": f"Failed: ValueError: {HOSTILE}"}


def test_retry_tells_the_error(client, celery, worker):
    task_id = celery.send_task("tests.retry").id
    told = status_in(client, task_id, "RETRY")
    assert told["status"].startswith("Will be tried again after ConnectionError: <script>")
    client.delete(f"/tasks/{task_id}")


def test_started_is_told(client, celery, worker):
    task_id = celery.send_task("tests.add", [1, 2]).id
    celery.backend.store_result("started", None, "STARTED")
    assert status(client, "started") == {"state": "STARTED", "status": "Running."}
    assert status_in(client, task_id, "SUCCESS")["result"] == 3


@pytest.mark.parametrize("what", ["hostile", "nan", "bytes", "deep", "none"])
def test_any_result_can_be_told_and_shown(client, celery, worker, what):
    task_id = celery.send_task("tests.give", [what]).id
    assert "result" in status_in(client, task_id, "SUCCESS")
    page = client.get(f"/task_status/{task_id}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "stored",
    [
        b"no json",
        b'{"status": "FAILURE", "result": {"exc": "no type"}, "task_id": "x"}',
        b'{"status": "FAILURE", "result": "only text", "task_id": "x"}',
        b'{"status": "FAILURE", "result": {"exc_type": "<b>", "exc_message": {"a": 1}, '
        b'"exc_module": "os"}, "task_id": "x"}',
        b'{"status": "FAILURE", "result": {"exc_type": "system", "exc_message": "true", '
        b'"exc_module": "os"}, "task_id": "x"}',
        b'{"status": null, "result": null}',
        b'{"status": ["PROGRESS"], "result": {"current": 1}}',
        b'{"status": "PROGRESS", "result": {"current": "x", "total": [1]}, "task_id": "x"}',
        b'{"status": "PROGRESS", "result": "text", "task_id": "x"}',
        b'{"status": "MY<b>STATE", "result": {"current": 1, "total": 2}, "task_id": "x"}',
        b"[]",
        b"[" * 5000,
    ],
)
def test_whatever_stands_in_the_backend_is_answered_with_200(server, client, stored):
    server.client().set("celery-task-meta-strange", stored)
    told = status(client, "strange")
    assert isinstance(told["state"], str)
    assert isinstance(told["status"], str)
    page = client.get("/task_status/strange", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<b>" not in page.text


def test_a_poisoned_failure_is_told_as_unreadable(client, celery, worker):
    told = status_in(client, celery.send_task("tests.poison").id, "FAILURE")
    assert "cannot be read" in told["status"]


def test_the_progress_of_others_is_told_in_our_shape(client, celery, worker):
    meta = {"pending": False, "current": 1, "total": 4, "percent": 25, "description": HOSTILE}
    task_id = celery.send_task("tests.own_state", [meta]).id
    wait_until(lambda: "progress" in status(client, task_id))
    assert status(client, task_id)["progress"] == {
        "current": 1,
        "total": 4,
        "percent": 25,
        "message": HOSTILE,
    }


def test_a_browser_gets_a_page(client, celery, worker):
    task_id = celery.send_task("tests.fail", [HOSTILE]).id
    status_in(client, task_id, "FAILURE")
    page = client.get(f"/task_status/{task_id}", headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    assert "&lt;script&gt;alert(1)" in page.text
    assert '<html lang="en">' in page.text


def test_a_waiting_task_is_revoked_with_no_worker_to_hear_it(own_client):
    task_id = start(own_client)
    answer = own_client.delete(f"/tasks/{task_id}")
    assert answer.status_code == 200
    assert answer.json["state"] == "REVOKED"
    assert status(own_client, task_id)["state"] == "REVOKED"


def test_a_running_task_is_revoked_by_terminating_it(client, worker):
    task_id = start(client, seconds=30)
    status_in(client, task_id, "PROGRESS")
    told = client.delete(f"/tasks/{task_id}")
    assert told.status_code == 202
    assert "goes on to its end" in told.json["status"]
    assert status(client, task_id)["state"] == "PROGRESS"
    assert client.delete(f"/tasks/{task_id}?terminate=true").status_code == 202
    assert status_in(client, task_id, "REVOKED")["status"].startswith("Revoked")


def test_a_finished_task_has_nothing_to_revoke(client, worker):
    task_id = start(client, seconds=0)
    status_in(client, task_id, "SUCCESS")
    answer = client.delete(f"/tasks/{task_id}")
    assert (answer.status_code, answer.json["state"]) == (200, "SUCCESS")


def test_revoking_an_unknown_task_is_404(client):
    assert client.delete("/tasks/never-sent").status_code == 404


def test_there_is_no_redirect_and_no_answer_without_a_form(client):
    for path in ("/tasks/", "/task_status//x", "/no/such/page", "/static/../x"):
        assert client.get(path).status_code == 404
    assert client.get("/nowhere").json["error"]
    assert client.get("/nowhere", headers={"Accept": "text/html"}).mimetype == "text/html"
    assert client.put("/tasks").status_code in {403, 405}


@pytest.mark.parametrize("body", [b"{", b"   ", b'{"task_id": "\xff"}', b"{'count': 1}"])
def test_a_body_that_is_no_json_is_told_as_such(client, body):
    answer = client.post("/tasks/thumbnails", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "no valid JSON" in answer.json["error"]


def test_a_method_that_does_not_fit_is_answered_with_those_that_do(client):
    answer = client.put("/tasks", json={})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
