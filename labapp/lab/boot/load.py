"""Finding the object that a learner named, and saying in a sentence why it is not there."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

from labapp.lab.boot.child import ServiceError


def load(spec: str) -> Any:
    """Import `module:attribute` from the current folder or the path.

    Raises ServiceError with the way out when the module fails to import or lacks the attribute.
    """
    module_name, _, attribute = spec.partition(":")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (error.name == module_name or module_name.startswith(error.name + ".")):
            raise ServiceError(
                f"There is no module {error.name!r} in {here} or on the path. "
                "Start the lab from the module's own folder, or mend the name."
            ) from None
        traceback.print_exc()
        raise ServiceError(
            f"Module {module_name!r} needs a module that is not here: {error.name!r}. "
            "Install it, or mend the import."
        ) from None
    except Exception as error:
        traceback.print_exc()
        raise ServiceError(
            f"Module {module_name!r} does not import: {type(error).__name__}: {error}"
            f"{_where(error)}. Mend that line and start again."
        ) from None
    try:
        found: Any = module
        for name in attribute.split("."):
            found = getattr(found, name)
    except AttributeError:
        raise ServiceError(
            f"Module {module_name!r} has no {attribute!r}; it has {_public(module)}. "
            "Name one of these after the colon."
        ) from None
    return found


def celery_app(spec: str) -> Any:
    """The Celery app that `spec` names; a Flask object or anything else is refused by name."""
    from celery import Celery
    from flask import Flask

    found = load(spec)
    if isinstance(found, Celery):
        return found
    if isinstance(found, Flask):
        inside = found.extensions.get("celery")
        hint = _candidates(spec, Celery)
        if inside is not None and not hint:
            hint = f" Its Celery app is {spec.partition(':')[0]}:{spec.partition(':')[2]}" + (
                ".extensions['celery']; give it a name of its own in the module."
            )
        raise ServiceError(f"{spec!r} is the Flask app, not the Celery one.{hint}")
    raise ServiceError(
        f"{spec!r} is a {type(found).__name__}, not a Celery app.{_candidates(spec, Celery)}"
    )


def flask_app(spec: str) -> Any:
    """The WSGI app that `spec` names, or that the factory it names makes."""
    from celery import Celery
    from flask import Flask

    found = load(spec)
    if isinstance(found, Celery):
        raise ServiceError(
            f"{spec!r} is the Celery app, not the web app.{_candidates(spec, Flask)}"
        )
    if not isinstance(found, Flask) and callable(found) and _is_factory(found):
        found = found()
    if not callable(found):
        raise ServiceError(
            f"{spec!r} is a {type(found).__name__}, not a web app.{_candidates(spec, Flask)}"
        )
    return found


def _is_factory(found: Any) -> bool:
    """A plain function without required arguments is a factory, as Flask's own command has it."""
    import inspect

    if not inspect.isfunction(found):
        return False
    parameters = inspect.signature(found).parameters.values()
    return all(p.default is not p.empty or p.kind in (2, 4) for p in parameters)


def _candidates(spec: str, kind: type) -> str:
    module_name = spec.partition(":")[0]
    module = sys.modules[module_name]
    names = [f"{module_name}:{n}" for n, v in vars(module).items() if isinstance(v, kind)]
    return f" Try {' or '.join(repr(n) for n in names)}." if names else ""


def _public(module: Any) -> str:
    names = [name for name in vars(module) if not name.startswith("_")]
    return ", ".join(names[:12]) or "nothing public"


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "importlib" not in f.filename and "/lab/boot/" not in f.filename]
    return f" ({os.path.basename(own[-1].filename)}, line {own[-1].lineno})" if own else ""
