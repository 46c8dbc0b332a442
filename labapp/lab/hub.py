"""What Jupyter, alone or under a hub, says of itself: host names, and ways through its proxy."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

#: Variables in which a hub (JupyterHub 5, Binder) may put its public address.
ADDRESSES = ("JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_PUBLIC_HUB_URL", "JUPYTERHUB_HOST")


def allowed_hosts(environ: Mapping[str, str]) -> str:
    """The host names for LABAPP_HOSTS: what was given, and under a hub its public names.

    A hub that names none leaves a star: its proxy has asked for a password already, and the
    app's port cannot be reached but through it.
    """
    given = [name for name in environ.get("LABAPP_HOSTS", "").split(",") if name.strip()]
    if "JUPYTERHUB_SERVICE_PREFIX" not in environ:
        return ",".join(given)
    public = {urlsplit(environ.get(name, "")).hostname for name in ADDRESSES} - {None}
    return ",".join([*given, *sorted(str(host) for host in public)]) or "*"


def browser_address(address: str, environ: Mapping[str, str]) -> str:
    """Where a person's browser finds a service of the lab: under a hub, through its proxy."""
    prefix = environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix is None:
        return address.rstrip("/") + "/"
    return f"{prefix.rstrip('/')}/proxy/{urlsplit(address).port}/"


def flower_prefix(environ: Mapping[str, str], port: int) -> str:
    """The path before Flower's own links where JupyterLab's proxy may stand before it, else "".

    Under `proxy/absolute/<port>` that proxy hands the path on as it is; Flower's absolute links
    lead nowhere under any other.
    """
    base = environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if base is None and "JUPYTER_SERVER_URL" in environ:  # in a terminal of JupyterLab
        base = urlsplit(environ["JUPYTER_SERVER_URL"]).path
    if base is None and "JPY_SESSION_NAME" not in environ:  # in a notebook
        return ""
    return f"{base or ''}/proxy/absolute/{port}".replace("//", "/").strip("/")
