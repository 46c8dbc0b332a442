"""Who may ask."""

import pytest

from labapp.web import create_app

PASSES = [
    "127.0.0.1", "127.0.0.1:5000", "localhost", "LOCALHOST:80", "[::1]", "[::1]:5000",
]  # fmt: skip
REFUSED = [
    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "",
    "127.0.0.1@evil.example", "evil.example#127.0.0.1", "[::1", "0.0.0.0", "127.0.0.1/x", "a b",
    "evil.example:127.0.0.1", "127.1",
]  # fmt: skip


@pytest.mark.parametrize("host", PASSES)
def test_loopback_passes_with_any_port(client, host):
    assert client.get("/tasks", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", REFUSED)
@pytest.mark.parametrize("path", ["/", "/tasks", "/start_task", "/static/style.css", "/nowhere"])
def test_any_other_host_is_refused_everywhere(client, host, path):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert "LABAPP_HOSTS" in answer.text


def test_labapp_hosts_adds_names(monkeypatch):
    monkeypatch.setenv("LABAPP_HOSTS", "hub.example, second.example:8000")
    client = create_app().test_client()
    for host in ("hub.example", "hub.example:443", "second.example", "127.0.0.1"):
        assert client.get("/tasks", headers={"Host": host}).status_code == 200
    assert client.get("/tasks", headers={"Host": "third.example"}).status_code == 403


@pytest.mark.parametrize(("site", "expected"), [
    ("cross-site", 403), ("same-site", 202), ("same-origin", 202), ("none", 202), (None, 202),
])  # fmt: skip
def test_get_start_task_is_refused_to_other_sites(own_client, own_server, site, expected):
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert own_client.get("/start_task", headers=headers).status_code == expected
    assert own_server.client().llen("celery") == (expected == 202)


CHANGES = [("POST", "/start_task"), ("POST", "/tasks/thumbnails"), ("DELETE", "/tasks/x")]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8888"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8888"},
        {"Origin": "http://evil.example", "Content-Type": FORM},
        {"Origin": "http://evil.example", "Content-Type": "text/plain"},
    ],
)
def test_another_sites_form_cannot_start_or_revoke(own_client, own_server, headers):
    for method, path in (
        ("post", "/start_task"),
        ("post", "/tasks/thumbnails"),
        ("delete", "/tasks/x"),
    ):
        answer = getattr(own_client, method)(path, headers=headers)
        assert answer.status_code == 403
    assert own_server.client().llen("celery") == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Origin": "http://localhost"},
    ],
)
def test_the_apps_own_page_and_programs_may_post(own_client, headers):
    assert own_client.post("/start_task", headers=headers).status_code == 202


def test_json_may_be_posted_and_no_other_origin_is_ever_allowed_by_cors(own_client):
    answer = own_client.post("/start_task", json={}, headers={"Sec-Fetch-Site": "none"})
    assert answer.status_code == 202
    asked = own_client.options(
        "/start_task",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert not [name for name, _ in asked.headers if name.startswith("Access-Control")]


def test_every_answer_forbids_loading_from_elsewhere(client):
    for path in ("/", "/tasks", "/nowhere"):
        headers = client.get(path, headers={"Accept": "text/html"}).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_an_origin_that_is_no_address_is_refused_and_no_error(own_client, own_server):
    for origin in ("http://[::1", "//[", "http://[nonsense]"):
        answer = own_client.post("/start_task", headers={"Origin": origin})
        assert answer.status_code == 403
    assert own_server.client().llen("celery") == 0


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "http://evil.example", "javascript:x", "/\\e"]
)
def test_a_prefix_that_leads_to_another_host_is_refused(own_client, prefix):
    answer = own_client.post("/start_task", headers={"X-Forwarded-Prefix": prefix})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_behind_a_prefix_location_leads_through_the_proxy(own_client):
    answer = own_client.post("/start_task", headers={"X-Forwarded-Prefix": "/user/me@x/proxy/5000"})
    assert answer.headers["Location"].startswith("/user/me@x/proxy/5000/task_status/")


def test_only_pages_of_this_machine_may_frame_a_page(client):
    policy = client.get("/", headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" in policy
