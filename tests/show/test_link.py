"""The dashboard's link."""

from labapp.lab.hub import browser_address
from labapp.show.link import Link


def test_a_link_is_an_anchor_in_a_notebook_and_an_address_elsewhere() -> None:
    link = Link("http://127.0.0.1:5000/", "The dashboard")
    assert repr(link) == "The dashboard: http://127.0.0.1:5000/"
    assert 'href="http://127.0.0.1:5000/"' in link._repr_html_()


def test_a_link_escapes_what_it_shows() -> None:
    assert "<script>" not in Link('"><script>', "<script>")._repr_html_()


def test_under_a_hub_the_way_leads_through_its_proxy() -> None:
    address = "http://127.0.0.1:5000"
    assert browser_address(address, {}) == "http://127.0.0.1:5000/"
    hub = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}
    assert browser_address(address, hub) == "/user/ada/proxy/5000/"
