"""The Flask app without routes that gives tasks their configuration and their context.

Flask's documented pattern: https://flask.palletsprojects.com/en/stable/patterns/celery/
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import Celery, Task
from flask import Flask
from kombu.utils.url import maybe_sanitize_url

from labapp import progress
from labapp.tasks.ledger import Ledger
from labapp.tasks.presence import Presence
from labapp.tasks.revocation import refuse_revoked

DEFAULT_REDIS = "redis://localhost:6379/0"
BUNDLED_DATA = Path(__file__).parent / "data"

TASK_MODULES = (
    "labapp.tasks.long_running",
    "labapp.tasks.mail",
    "labapp.tasks.thumbnails",
    "labapp.tasks.word_count",
)


class Address(str):
    """An address that shows itself without its password, when the configuration is printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(maybe_sanitize_url(str(self)))


def create_app(config: Mapping[str, Any] | None = None, import_name: str = "labapp.tasks") -> Flask:
    """Make the Flask app that workers run tasks in: configuration, context, Celery, no routes.

    `config` is laid over the Flask configuration; its `CELERY` is laid over ours key by key.
    """
    given = dict(config or {})
    app = Flask(import_name, static_folder=None)
    app.config.from_mapping(
        CELERY=celery_config(os.environ) | dict(given.pop("CELERY", {})),
        DATA_FOLDER=Path(os.environ.get("LABAPP_DATA") or BUNDLED_DATA),
        SMTP_SERVER=os.environ.get("SMTP_SERVER", ""),
    )
    app.config.from_mapping(given)
    celery_init_app(app)
    return app


def celery_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """The one CELERY dict: where broker and backend are, and what both sides agree on."""
    redis_url = environ.get("REDIS_URL") or DEFAULT_REDIS
    return {
        "broker_url": Address(environ.get("CELERY_BROKER_URL") or redis_url),
        "result_backend": Address(environ.get("CELERY_RESULT_BACKEND") or redis_url),
        # JSON and nothing else: a pickled message would run code of whoever can reach Redis.
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        # Without it a task that runs looks the same as one that waits: PENDING.
        "task_track_started": True,
        "broker_connection_retry_on_startup": True,
        "imports": TASK_MODULES,
    }


def celery_init_app(app: Flask) -> Celery:
    """Make the Celery app of a Flask app, and keep it as `app.extensions["celery"]`."""

    class FlaskTask(Task):  # type: ignore[misc]
        """A task that runs inside the Flask app's context, unless it was revoked."""

        def before_start(self, task_id: str, args: object, kwargs: object) -> None:
            refuse_revoked(self.app, task_id)

        def __call__(self, *args: object, **kwargs: object) -> object:
            # Here and not in a signal: task_postrun comes after the result is stored.
            with app.app_context(), progress.whole_task():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.steps["consumer"].add(Presence)
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    app.extensions["ledger"] = Ledger(celery_app).listen()
    return celery_app
