"""The pattern of the Flask documentation, as it stands there: factory, FlaskTask, shared_task."""

import os

from celery import Celery, Task, shared_task
from flask import Flask, current_app


def celery_init_app(app: Flask) -> Celery:
    class FlaskTask(Task):
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app


def create_app() -> Flask:
    app = Flask("shop")
    app.config.from_mapping(
        CELERY={
            "broker_url": os.environ["TEST_BROKER"],
            "result_backend": os.environ["TEST_BACKEND"],
            "task_ignore_result": True,
        },
    )
    app.config.from_prefixed_env()
    celery_init_app(app)
    return app


@shared_task(name="add_together", ignore_result=False)
def add_together(a: int, b: int) -> int:
    return a + b


@shared_task(name="process", bind=True, ignore_result=False)
def process(self: Task, total: int) -> object:
    for i in range(total):
        self.update_state(state="PROGRESS", meta={"current": i + 1, "total": total})
    return {"current": total, "total": total, "app": current_app.name}


flask_app = create_app()
celery_app = flask_app.extensions["celery"]
