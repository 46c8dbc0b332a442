"""Who may ask: this machine by its loopback names, and no other site through a browser."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Check every request; further host names come from LABAPP_HOSTS, separated by commas.

    A star allows every name: for an app that only an authenticated proxy can reach, on a hub
    whose public name nobody told it.
    """
    named = os.environ.get("LABAPP_HOSTS", "").split(",")
    allowed = {host for name in named if (host := _hostname(name.strip()))}
    app.config.setdefault("ALLOWED_HOSTS", LOOPBACK | allowed)
    if "*" not in named:
        app.before_request(_check_host)
    app.before_request(_check_origin)
    app.before_request(_check_prefix)


def refuse_cross_site() -> None:
    """For a GET that changes something: answer 403 where another site's page made it."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403, "Another site's page asked for this. Open this address by itself, or send POST.")


def _check_host() -> None:
    # A page elsewhere can point a name of its own at 127.0.0.1; the name gives it away.
    host = _hostname(request.headers.get("Host", ""))
    if host not in current_app.config["ALLOWED_HOSTS"]:
        abort(
            403,
            "This app does not answer to that host name. Use http://127.0.0.1 or "
            "http://localhost, or add the name to LABAPP_HOSTS and start the app again.",
        )


def _check_origin() -> None:
    if request.method in SAFE_METHODS or request.is_json or _from_here():
        return
    abort(403, "Send JSON (Content-Type: application/json), or send this from the app's own page.")


def _check_prefix() -> None:
    """The proxy's prefix ends up in Location: a path of this host, or nothing."""
    prefix = request.root_path
    if prefix and not re.match(r"/[^/\\]", prefix):
        abort(400, "X-Forwarded-Prefix must be a path on this host, such as /user/me/proxy/5000.")


def _from_here() -> bool:
    """Whether a page of this app, or no page at all, sent the request.

    Every browser names the origin of a request that changes something; curl and httpx do not.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        return site in {"same-origin", "none"}
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("Host")
    except ValueError:  # http://[::1 is no address of anybody
        return False


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname if not set(host) & set("/?#@\\") else None
    except ValueError:
        return None
