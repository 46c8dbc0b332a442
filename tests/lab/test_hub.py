"""Under a hub the web app answers to the hub's name; elsewhere to loopback alone."""

from collections.abc import Callable

import pytest

from labapp.lab import Stack
from labapp.lab.hub import allowed_hosts

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
