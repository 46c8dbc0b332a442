"""The tasks that may be started over HTTP, and the checking of their arguments.

What a task takes is said once, by the annotations of its function; here they become a check of
the JSON that arrives, the list at GET /tasks, and the forms of the dashboard.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

from celery import Celery, Task
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

PACKAGE = "labapp.tasks."
MOST_ERRORS = 20
LONGEST_NAME = 100


class ArgumentsError(ValueError):
    """Arguments that do not fit; `errors` has `field` and `message` for each of them."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['field']}: {error['message']}" for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class KnownTask:
    """A task that may be started: its short name, the task itself, the model of its arguments."""

    name: str
    task: Task
    model: type[BaseModel]

    @property
    def doc(self) -> str:
        """What the task does: the first paragraph of its docstring."""
        return (inspect.getdoc(self.task.run) or "").partition("\n\n")[0]

    @cached_property
    def arguments(self) -> list[dict[str, Any]]:
        """Name, type, default and bounds of each argument, as JSON Schema words them."""
        properties = self.model.model_json_schema().get("properties", {})
        return [
            {"name": name} | {key: value for key, value in schema.items() if key != "title"}
            for name, schema in properties.items()
        ]

    def check(self, given: dict[str, Any]) -> dict[str, Any]:
        """The arguments to send; raises `ArgumentsError`, which names each wrong or unknown one."""
        try:
            return self.model.model_validate(given).model_dump(mode="json")
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise ArgumentsError([_explain(item) for item in found[:MOST_ERRORS]]) from None

    def describe(self) -> dict[str, Any]:
        """The task as GET /tasks lists it."""
        return {"name": self.name, "doc": self.doc, "arguments": self.arguments}


def collect_tasks(celery: Celery) -> dict[str, KnownTask]:
    """The tasks of labapp.tasks, by short name: the last part of the name Celery knows them by."""
    celery.loader.import_default_modules()
    known: dict[str, KnownTask] = {}
    for full_name in sorted(celery.tasks):
        if not full_name.startswith(PACKAGE):
            continue
        name = full_name.rpartition(".")[2]
        if name in known:
            raise ValueError(f"Two tasks are called {name!r}: {known[name].task.name}, {full_name}")
        task = celery.tasks[full_name]
        known[name] = KnownTask(name, task, _model(task))
    return known


def _model(task: Task) -> type[BaseModel]:
    hints = get_type_hints(task.run, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(task.run).parameters.items():
        required = parameter.default is parameter.empty
        fields[name] = (hints.get(name, Any), ... if required else parameter.default)
    # Strict: "24" is not a number here, just as it would not be one in the task.
    settings = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    return create_model(task.name, __config__=settings, **fields)


def _explain(item: Any) -> dict[str, str]:
    field = ".".join(str(part) for part in item["loc"])[:LONGEST_NAME]
    unknown = item["type"] == "extra_forbidden"
    return {"field": field, "message": "No such argument" if unknown else item["msg"]}
