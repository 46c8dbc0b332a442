"""What a lesson says of itself in its metadata: how long, how hard, after what, what for.

The keys stand in `labapp`, beside what the build writes there: minutes, level, prerequisites, and
objectives. The map of the course and the exercises' manifest use the same minutes and levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from labapp.grade.manifest import Level

if TYPE_CHECKING:
    from nbformat import NotebookNode

Name = Annotated[str, StringConstraints(pattern=r"^\d\d_[a-z0-9_]+$")]
Objective = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=160)]


class Form(BaseModel):
    """The form of one lesson. ``prerequisites`` are the names of lessons that come before it."""

    model_config = ConfigDict(frozen=True)

    minutes: int = Field(ge=5, le=90)
    level: Level
    prerequisites: tuple[Name, ...]
    objectives: tuple[Objective, ...] = Field(min_length=2, max_length=6)


def form_of(notebook: NotebookNode) -> Form | None:
    """What the notebook says of itself; None where it says nothing, as an exercise.

    Raises ValidationError where a part is missing or wrong.
    """
    told = notebook.metadata.get("labapp", {})
    if not set(told) & set(Form.model_fields):
        return None
    return Form.model_validate({key: told[key] for key in Form.model_fields if key in told})


def form_faults(notebook: NotebookNode) -> list[str]:
    """One sentence for each part that is missing or wrong; empty where nothing is to be said."""
    try:
        form_of(notebook)
    except ValidationError as error:
        return [
            f"its metadata (labapp.{'.'.join(map(str, one['loc']))}) is wrong: {one['msg']}"
            for one in error.errors()
        ]
    return []
