"""The dashboard and the health page."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from app_services import start_worker

from labapp import web
from labapp.live.words import WORDS
from labapp.show import words as notebook_words
from labapp.web import create_app, words
from labapp.web.fields import field_hint, field_kind

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
        "send_mails",
        "thumbnails",
        "word_count",
    ]
    count = next(field for field in elements.all("input") if field["id"] == "thumbnails-count")
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


@pytest.mark.parametrize(
    ("argument", "kind", "hint"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5}, "number", "A whole number, from 1 to 5."),
        ({"type": "number", "exclusiveMinimum": 0}, "number", "A number, above 0."),
        ({"type": "integer"}, "number", "A whole number."),
        ({"type": "string", "maxLength": 9}, "string", "A text of up to 9 characters."),
        ({"type": "string"}, "string", ""),
        ({"type": "boolean", "default": True}, "boolean", ""),
        ({"type": "string", "enum": ["a", "b"]}, "choice", ""),
        ({"type": "array", "items": {"type": "integer"}}, "json", "A value written as JSON."),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "json", "A value written as JSON."),
    ],
)
def test_a_field_says_what_fits(argument, kind, hint):
    assert field_kind(argument) == kind
    assert field_hint(argument) == hint


def test_each_hint_is_tied_to_its_field(client):
    elements = Elements(client.get("/", headers=PAGE).text)
    ids = {attributes["id"] for _, attributes in elements.found if "id" in attributes}
    for field in elements.all("input"):
        assert set(field["aria-describedby"].split()) <= ids
    for attributes in (attributes for _, attributes in elements.found):
        assert set(attributes.get("aria-labelledby", "").split()) <= ids


def test_states_have_the_words_and_signs_of_the_notebooks():
    for state in [*WORDS, "A_CUSTOM_STATE"]:
        page, notebook = words.task_word(state), notebook_words.word_for(state)
        assert (page.word, page.sign, page.kind) == (notebook.word, notebook.sign, notebook.kind)


def test_a_state_is_told_by_word_and_sign(own_app, own_client):
    celery = own_app.extensions["celery"]
    for state, (word, sign) in {
        "SUCCESS": ("success", "✓"), "FAILURE": ("failure", "✕"), "REVOKED": ("revoked", "⊘"),
    }.items():  # fmt: skip
        job = celery.send_task("tests.add", task_id=state)
        celery.backend.store_result(job.id, ValueError() if state != "SUCCESS" else 1, state)
        page = own_client.get(f"/task_status/{state}", headers=PAGE).text
        assert f">{word}</span>" in page
        assert f">{sign}</span>" in page
        assert f">{word}</span>" in own_client.get("/", headers=PAGE).text


FLOWER = "http://127.0.0.1:5555/"


@pytest.mark.parametrize(
    ("prefix", "link"),
    [
        ("", FLOWER),
        ("/proxy/5000", "../absolute/5555/"),
        ("/user/ann/proxy/5000", "../absolute/5555/"),
        ("/somewhere/else", FLOWER),
    ],
)
def test_flower_is_linked_where_it_runs(own_server, monkeypatch, prefix, link):
    monkeypatch.setenv("LABAPP_FLOWER", FLOWER)
    celery = {"broker_url": own_server.url, "result_backend": own_server.url}
    client = create_app({"CELERY": celery}).test_client()
    page = client.get("/", headers=PAGE | {"X-Forwarded-Prefix": prefix}).text
    assert [a["href"] for a in Elements(page).all("a") if "task_status" not in a["href"]] == [link]


def test_flower_is_not_linked_where_none_runs(client):
    assert "Flower" not in client.get("/", headers=PAGE).text


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


def test_as_json_it_tells_the_same(own_client):
    own_client.post("/tasks/thumbnails")
    data = own_client.get("/").json
    assert set(data) == {"health", "jobs", "tasks"}
    assert set(data["jobs"][0]) == {"task_id", "name", "arguments", "sent", "state", "status"}


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
    for path in ("/", "/task_status/x", *assets()):
        assert not re.search(r"https?://|//cdn|@import", client.get(path, headers=PAGE).text)


def test_its_scripts_set_text_and_never_markup(client):
    scripts = [client.get(path) for path in assets(".js")]
    assert len(scripts) > 5
    for script in scripts:
        assert script.mimetype == "text/javascript"
        markup = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|setHTML|srcdoc"
        assert not re.search(markup, script.text)


def test_a_page_holds_no_script_and_no_style_of_its_own(own_app, own_client):
    own_app.extensions["celery"].send_task(HOSTILE, [HOSTILE], task_id="one")
    for path in ("/", "/task_status/one", "/healthz", "/nowhere"):
        for tag, attributes in Elements(own_client.get(path, headers=PAGE).text).found:
            assert tag != "style"
            assert tag != "script" or attributes["src"]
            assert not [name for name in attributes if name == "style" or name.startswith("on")]


def assets(*endings):
    folder = Path(web.__file__).with_name("static")
    names = sorted(file.name for file in folder.iterdir() if not endings or file.suffix in endings)
    return [f"/static/{name}" for name in names]


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
