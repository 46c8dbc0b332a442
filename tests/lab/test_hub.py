"""Under a hub the web app answers to the hub's name; elsewhere to loopback alone."""

from collections.abc import Callable

import httpx
import pytest

from labapp.lab import Stack
from labapp.lab.hub import allowed_hosts, flower_prefix

PREFIX = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}


def test_without_a_hub_only_what_was_given_is_allowed() -> None:
    assert allowed_hosts({}) == ""
    assert allowed_hosts({"LABAPP_HOSTS": "lab.example"}) == "lab.example"


def test_a_hubs_public_name_is_allowed() -> None:
    named = PREFIX | {"JUPYTERHUB_PUBLIC_URL": "https://hub.example:8443/user/ada/"}
    assert allowed_hosts(named) == "hub.example"
    assert allowed_hosts(named | {"LABAPP_HOSTS": "lab.example"}) == "lab.example,hub.example"


def test_a_hub_without_a_name_leaves_the_check_to_its_proxy() -> None:
    assert allowed_hosts(PREFIX) == "*"


@pytest.mark.parametrize(("under_a_hub", "status"), [(True, 200), (False, 403)])
def test_the_web_app_answers_accordingly(
    under_a_hub: bool,
    status: int,
    make_stack: Callable[..., Stack],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if under_a_hub:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    lab = make_stack(worker=None).start()
    assert lab.get("/healthz", headers={"Host": "hub.example"}).status_code == status
    assert lab.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("environ", "prefix"),
    [
        ({}, ""),
        ({"JPY_SESSION_NAME": "lesson.ipynb"}, "proxy/absolute/5555"),
        ({"JUPYTER_SERVER_URL": "http://127.0.0.1:8888/"}, "proxy/absolute/5555"),
        ({"JUPYTER_SERVER_URL": "http://127.0.0.1:8888/base/"}, "base/proxy/absolute/5555"),
        (PREFIX, "user/ada/proxy/absolute/5555"),
        (PREFIX | {"JPY_SESSION_NAME": "x"}, "user/ada/proxy/absolute/5555"),
    ],
)
def test_flowers_links_fit_the_proxy_where_there_may_be_one(
    environ: dict[str, str], prefix: str
) -> None:
    assert flower_prefix(environ, 5555) == prefix


@pytest.mark.parametrize("in_jupyter", [True, False])
def test_flower_answers_at_its_plain_address_in_any_case(
    in_jupyter: bool, make_stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if in_jupyter:
        monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    lab = make_stack(flower=True).start()
    for path, status in (("/healthcheck", 200), ("/metrics", 200), ("/nothing", 404)):
        assert httpx.get(lab.flower.address + path).status_code == status
    page = httpx.get(f"{lab.flower.address}/workers?json=0", follow_redirects=True)
    assert page.status_code == 200
    assert page.url.path.startswith(f"/proxy/absolute/{lab.flower.port}/") == in_jupyter
    dashboard = lab.get("/", headers={"Accept": "text/html"}).text
    assert f'href="{lab.flower.address}/"' in dashboard
    behind = {"Accept": "text/html", "X-Forwarded-Prefix": "/user/ada/proxy/1234"}
    assert f'href="../absolute/{lab.flower.port}/"' in lab.get("/", headers=behind).text
