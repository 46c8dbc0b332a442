"""Finding the object that a learner named, and saying in a sentence why it is not there."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

from labapp.lab.boot.child import ServiceError
from labapp.lab.boot.sources import read_sources_in


def load(spec: str) -> Any:
    """Import `module:attribute` from the current folder or the path.

    Raises ServiceError with the way out when the module fails to import or lacks the attribute.
    """
    module_name, _, attribute = spec.partition(":")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    _refuse_taken_name(module_name, here)
    read_sources_in(here)
    try:
        module = importlib.import_module(module_name)
    except SystemExit as error:
        told = f", which said: {error.code}" if isinstance(error.code, str) else ""
        raise ServiceError(
            f"Module {module_name!r} calls exit(){_where(error)}{told}. A service imports it and "
            'works on; put what is for the command line under `if __name__ == "__main__":`.'
        ) from None
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


def _refuse_taken_name(module_name: str, here: str) -> None:
    """A learner's file cannot have the name of a library that is imported already."""
    top = module_name.partition(".")[0]
    taken = getattr(sys.modules.get(top), "__file__", None) or ""
    path = os.path.join(here, f"{top}.py")
    if top in sys.modules and os.path.exists(path) and not os.path.samefile(taken or "/", path):
        raise ServiceError(
            f"{top}.py has the name of a library that Python has already loaded: `import {top}` "
            f"finds that one. Rename your file (my_{top}.py, say)."
        )


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
        found = _made_by(found, spec)
    if callable(found) and not _fits(found, 2):
        raise ServiceError(
            f"{spec!r} cannot be called as a WSGI app. If it is a factory that needs arguments, "
            "name one that needs none; an ASGI app (async) is not served here."
        )
    if not callable(found):
        raise ServiceError(
            f"{spec!r} is a {type(found).__name__}, not a web app.{_candidates(spec, Flask)}"
        )
    return found


def _is_factory(found: Any) -> bool:
    """A plain function without required arguments is a factory, as Flask's own command has it."""
    import inspect

    return inspect.isfunction(found) and _fits(found, 0)


def _fits(found: Any, count: int) -> bool:
    """Whether it can be called with so many arguments; a callable that does not say so can."""
    import inspect

    try:
        inspect.signature(found).bind(*[None] * count)
    except ValueError:
        return True
    except TypeError:
        return False
    return True


def _made_by(factory: Any, spec: str) -> Any:
    try:
        return factory()
    except Exception as error:
        traceback.print_exc()
        raise ServiceError(
            f"The factory {spec!r} raised {type(error).__name__}: {error}{_where(error)}. "
            "Mend that line and start again."
        ) from None


def _candidates(spec: str, kind: type) -> str:
    module_name = spec.partition(":")[0]
    module = sys.modules[module_name]
    names = [f"{module_name}:{n}" for n, v in vars(module).items() if isinstance(v, kind)]
    return f" Try {' or '.join(repr(n) for n in names)}." if names else ""


def _public(module: Any) -> str:
    names = [name for name in vars(module) if not name.startswith("_")]
    return ", ".join(names[:12]) or "nothing public"


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "importlib" not in f.filename and "/lab/boot/" not in f.filename]
    return f" ({os.path.basename(own[-1].filename)}, line {own[-1].lineno})" if own else ""
