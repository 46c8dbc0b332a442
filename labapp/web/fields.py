"""The fields of the dashboard's forms, from what a task's annotations say of each argument."""

from __future__ import annotations

from typing import Any

Argument = dict[str, Any]

PLAIN = {"integer": "number", "number": "number", "boolean": "boolean", "string": "string"}


def field_kind(argument: Argument) -> str:
    """How a value is entered: number, boolean, string, choice, or json for anything else."""
    return "choice" if "enum" in argument else PLAIN.get(argument.get("type", ""), "json")


def field_hint(argument: Argument) -> str:
    """A sentence on what fits, or nothing where the field itself says it."""
    kind = field_kind(argument)
    if kind == "number":
        noun = "A whole number" if argument["type"] == "integer" else "A number"
        return f"{noun}{_bounds(argument)}."
    if kind == "string" and "maxLength" in argument:
        return f"A text of up to {argument['maxLength']} characters."
    return "A value written as JSON." if kind == "json" else ""


def _bounds(argument: Argument) -> str:
    limits = {
        "minimum": "from {:g}",
        "exclusiveMinimum": "above {:g}",
        "maximum": "to {:g}",
        "exclusiveMaximum": "below {:g}",
    }
    said = [words.format(argument[key]) for key, words in limits.items() if key in argument]
    return f", {' '.join(said)}" if said else ""
