"""The dashboard and the health page."""

import re
from html.parser import HTMLParser

from app_services import start_worker

HOSTILE = "<img src=x onerror=alert(1)> & \"quotes\" 'too'"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Elements(HTMLParser):
    """Every start tag of a page, with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_a_form_for_each_task_comes_from_its_annotations(client):
    elements = Elements(client.get("/", headers=PAGE).text)
    assert [form["data-task"] for form in elements.all("form")] == [
        "long_running_task",
        "thumbnails",
        "word_count",
    ]
    count = next(field for field in elements.all("input") if field["name"] == "count")
    assert (count["type"], count["min"], count["max"], count["value"]) == (
        "number",
        "1",
        "500",
        "24",
    )


def test_every_field_has_its_label_and_the_page_its_language(client):
    elements = Elements(client.get("/", headers=PAGE).text)
    labels = {label["for"] for label in elements.all("label")}
    assert labels == {field["id"] for field in elements.all("input")}
    assert elements.all("html") == [{"lang": "en"}]
    assert [tag for tag, _ in elements.found if tag == "h1"] == ["h1"]
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_recent_jobs_are_listed_newest_first_without_javascript(own_client):
    first, second = (own_client.post("/tasks/thumbnails").json["task_id"] for _ in range(2))
    page = own_client.get("/", headers=PAGE).text
    assert page.index(second) < page.index(first)
    assert "PENDING" in page


def test_markup_in_names_arguments_and_states_is_shown_as_text(own_app, own_client, own_server):
    celery = own_app.extensions["celery"]
    job = celery.send_task(HOSTILE, [HOSTILE], task_id=HOSTILE)
    celery.backend.store_result(job.id, {"current": 1, "total": 2, "message": HOSTILE}, HOSTILE)
    page = own_client.get("/", headers=PAGE).text
    assert "&lt;img src=x" in page
    assert Elements(page).all("img") == []
    assert own_client.get("/").json["jobs"][0]["state"] == HOSTILE


def test_half_a_character_does_not_break_the_page(own_app, own_client):
    own_app.extensions["celery"].send_task("tests.\ud800", ["\ud800"])
    assert own_client.get("/", headers=PAGE).status_code == 200


def test_its_script_gets_the_same_as_json(own_client):
    own_client.post("/tasks/thumbnails")
    data = own_client.get("/").json
    assert set(data) == {"health", "jobs", "tasks"}
    assert set(data["jobs"][0]) >= {"id", "name", "arguments", "state", "status", "sent"}


def test_all_links_are_relative_and_lead_somewhere(client, celery):
    celery.backend.store_result("linked", 1, "SUCCESS")
    for path in ("/", "/task_status/linked", "/healthz", "/no/such/page"):
        elements = Elements(client.get(path, headers=PAGE).text)
        targets = [link["href"] for link in elements.all("link") + elements.all("a")]
        targets += [script["src"] for script in elements.all("script")]
        for target in targets:
            if target.startswith("data:"):
                continue
            assert not re.match(r"[a-z]+:|/", target)
            depth = path.count("/") - 1
            assert target.count("../") <= depth
            if "task_status" not in target and target:
                reached = "/" + target.removeprefix("./").replace("../", "")
                assert client.get(reached).status_code == 200


def test_behind_a_prefix_location_carries_it_and_links_need_not(own_client):
    headers = {"X-Forwarded-Prefix": "/user/ann/proxy/5000"}
    answer = own_client.post("/start_task", headers=headers)
    assert answer.headers["Location"].startswith("/user/ann/proxy/5000/task_status/")
    page = own_client.get("/", headers=PAGE | headers).text
    assert 'src="./static/dashboard.js"' in page


def test_nothing_is_loaded_from_elsewhere(client):
    for path in ("/", "/static/dashboard.js", "/static/style.css"):
        assert not re.search(r"https?://|//cdn|@import", client.get(path, headers=PAGE).text)


def test_its_script_sets_text_and_never_markup(client):
    script = client.get("/static/dashboard.js").text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script)
    assert re.search(r"EVERY = (\d+)", script).group(1) == "1000"


def test_health_names_each_part(own_client, own_server, tmp_path):
    own_client.post("/tasks/long_running_task", json={"seconds": 0})
    answer = own_client.get("/healthz")
    parts = answer.json["parts"]
    assert answer.status_code == 200
    assert {name: part["state"] for name, part in parts.items()} == {
        "redis": "ready",
        "worker": "missing",
        "queue": "ready",
    }
    assert parts["queue"]["depth"] == 1
    worker = start_worker(own_server, tmp_path / "log", "one@here")
    try:
        parts = own_client.get("/healthz").json["parts"]
        assert parts["worker"]["state"] == "ready"
        assert parts["worker"]["names"] == ["one@here"]
    finally:
        worker.end()


def test_health_is_a_page_too(client):
    assert "<h1>Health: ok</h1>" in client.get("/healthz", headers=PAGE).text
