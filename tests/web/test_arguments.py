"""Which tasks may be started over HTTP, and with which arguments."""

import pytest
from celery import shared_task


def test_tasks_are_listed_with_types_defaults_and_bounds(client):
    tasks = {task["name"]: task for task in client.get("/tasks").json["tasks"]}
    assert set(tasks) == {"long_running_task", "send_mails", "thumbnails", "word_count"}
    assert tasks["thumbnails"]["doc"].startswith("Makes thumbnails")
    count = {"name": "count", "type": "integer", "default": 24, "minimum": 1, "maximum": 500}
    assert count in tasks["thumbnails"]["arguments"]


@pytest.mark.parametrize(
    ("name", "body", "fields"),
    [
        ("thumbnails", {"count": 501}, {"count"}),
        ("thumbnails", {"count": 0, "size": 10**9}, {"count", "size"}),
        ("thumbnails", {"count": "24"}, {"count"}),
        ("thumbnails", {"count": True}, {"count"}),
        ("thumbnails", {"count": None}, {"count"}),
        ("thumbnails", {"<b>": 1, "count": {}}, {"<b>", "count"}),
        ("thumbnails", {"self": 1, "__class__": 2}, {"self", "__class__"}),
        ("long_running_task", {"seconds": 3601}, {"seconds"}),
        ("long_running_task", {"seconds": -1, "task_id": 7}, {"seconds", "task_id"}),
        ("long_running_task", {"task_id": "x" * 201}, {"task_id"}),
        ("word_count", {"path": ["/etc"]}, {"path"}),
    ],
)
def test_wrong_arguments_are_422_and_each_field_is_named(
    own_client, own_server, name, body, fields
):
    answer = own_client.post(f"/tasks/{name}", json=body)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == fields
    assert all(error["message"] for error in answer.json["errors"])
    assert own_server.client().llen("celery") == 0


def test_start_task_checks_its_arguments_too(client):
    assert client.post("/start_task", json={"seconds": "ten"}).status_code == 422


@pytest.mark.parametrize(
    "body", ["{", "[1]", "7", "null", '"text"', "[" * 20000, "9" * 5000, "\xff"]
)
def test_broken_json_is_400_in_a_sentence(client, body):
    answer = client.post("/tasks/thumbnails", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_number_that_is_none_is_422(client, number):
    body = f'{{"seconds": {number}}}'
    answer = client.post("/tasks/long_running_task", data=body, content_type="application/json")
    assert answer.status_code == 422


def test_a_body_that_is_not_json_is_415(client):
    answer = client.post("/tasks/thumbnails", data="count=3", content_type="text/plain")
    assert answer.status_code == 415


def test_a_huge_body_is_413(client):
    assert client.post("/tasks/word_count", json={"path": "x" * 10**6}).status_code == 413


def test_no_body_means_the_defaults(own_client):
    assert own_client.post("/tasks/thumbnails").status_code == 202


def test_an_unknown_task_is_404_and_the_known_are_named(client):
    answer = client.post("/tasks/celery.backend_cleanup", json={})
    assert answer.status_code == 404
    assert "long_running_task, send_mails, thumbnails, word_count" in answer.json["error"]


@shared_task(name="tests.outside")
def outside():
    """A task of somebody else's, in every Celery app of this process."""


def test_a_task_outside_labapp_tasks_cannot_be_started(client, celery):
    assert "tests.outside" in celery.tasks
    assert client.post("/tasks/outside", json={}).status_code == 404
    assert client.post("/tasks/tests.outside", json={}).status_code == 404
