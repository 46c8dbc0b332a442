"""The Flask app that the lessons scale: `flask --app labapp.web run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from labapp.tasks.app import create_app as create_tasks_app
from labapp.web import answers, api, dashboard, errors, events, guard, health, timeouts
from labapp.web.arguments import collect_tasks
from labapp.web.hub import Hub

__all__ = ["create_app"]

LARGEST_BODY = 64 * 1024


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the web app: the tasks' app with time-outs of its own and with routes.

    `config` is laid over the Flask configuration; its `CELERY` is laid over ours key by key.
    """
    given = dict(config or {})
    celery_config = timeouts.CLIENT | dict(given.pop("CELERY", {}))
    settings = {"MAX_CONTENT_LENGTH": LARGEST_BODY, "CELERY": celery_config} | given
    app = create_tasks_app(settings, import_name=__name__)
    # No answer is a redirect: behind a proxy's prefix it would lead elsewhere.
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    celery = app.extensions["celery"]
    timeouts.quieten(celery)
    app.extensions["tasks"] = collect_tasks(celery)
    app.extensions["streams"] = Hub(celery, app.extensions["ledger"])
    for part in (guard, errors, answers):
        part.init_app(app)
    for blueprint in (api.blueprint, events.blueprint, health.blueprint, dashboard.blueprint):
        app.register_blueprint(blueprint)
    dashboard.init_app(app)
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=0, x_proto=0, x_host=0, x_port=0, x_prefix=1
    )
    return app
