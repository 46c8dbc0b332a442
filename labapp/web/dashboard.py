"""The dashboard: start a task, see the recent ones move, see how the app is."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, request
from flask.typing import ResponseReturnValue

from labapp.web.answers import answer
from labapp.web.fields import field_hint, field_kind
from labapp.web.health import read_health
from labapp.web.jobs import recent_jobs
from labapp.web.words import part_word, task_word, word_list

blueprint = Blueprint(
    "dashboard",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

# JupyterLab's proxy keeps one of these before each address of a service behind it.
BEHIND_JUPYTER = re.compile(r"/proxy/\d+\Z")


def init_app(app: Flask) -> None:
    """Give pages their words; LABAPP_FLOWER is the address of a Flower to lead to."""
    app.config.setdefault("FLOWER", os.environ.get("LABAPP_FLOWER", ""))
    for function in (task_word, part_word, field_kind, field_hint):
        app.add_template_filter(function)
    app.add_template_global(word_list)
    app.add_template_global(flower_link)
    # Every template is compiled now; else each of many first visitors would, all at a time.
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The dashboard; as JSON the same moment of it, which `/events` carries on from."""
    celery = current_app.extensions["celery"]
    health = read_health(celery)
    reachable = health["status"] == "ok"
    data = {
        "health": health,
        "jobs": recent_jobs(celery, current_app.extensions["ledger"]) if reachable else [],
        "tasks": [known.describe() for known in current_app.extensions["tasks"].values()],
    }
    return answer(data, "dashboard.html", 200 if reachable else 503)


def flower_link() -> str:
    """The way to Flower from the page asked for: beside it in JupyterLab's proxy, or plain.

    Empty where none runs. Flower's own links are absolute, so behind that proxy it lives under
    `proxy/absolute/<port>`, where the prefix is not taken off.
    """
    address: str = current_app.config["FLOWER"]
    if address and BEHIND_JUPYTER.search(request.root_path):
        return f"../absolute/{urlsplit(address).port}/"
    return address
