"""The dashboard: start a task, see the recent ones, see how the app is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from celery import Celery
from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from labapp.tasks.ledger import Ledger
from labapp.web.answers import answer
from labapp.web.health import read_health
from labapp.web.status import read_statuses

blueprint = Blueprint(
    "dashboard",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

JOBS = 20


def compile_templates(app: Flask) -> None:
    """Compile every template once, now; else each of many first visitors would, all at a time."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The dashboard; as JSON it is what its script asks for to stay current."""
    celery = current_app.extensions["celery"]
    health = read_health(celery)
    reachable = health["status"] == "ok"
    data = {
        "health": health,
        "jobs": recent_jobs(celery, current_app.extensions["ledger"]) if reachable else [],
        "tasks": [known.describe() for known in current_app.extensions["tasks"].values()],
    }
    return answer(data, "dashboard.html", 200 if reachable else 503)


def recent_jobs(celery: Celery, ledger: Ledger) -> list[dict[str, Any]]:
    """The tasks sent last, newest first, each with its status."""
    sent = ledger.recent(JOBS)
    statuses = read_statuses(celery, [job.id for job in sent])
    return [
        {
            "id": job.id,
            "name": job.name.rpartition(".")[2],
            "arguments": job.arguments,
            "sent": datetime.fromtimestamp(job.sent, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            **{key: value for key, value in status.items() if key != "result"},
        }
        for job, status in zip(sent, statuses, strict=True)
    ]
