"""Which fault, which worker: names that a learner wrote, and what to say where they are wrong."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from labapp.lab.errors import OptionError
from labapp.lab.worker_part import WorkerPart

if TYPE_CHECKING:
    from labapp.lab.faults.base import Fault
    from labapp.lab.stack import Stack


def worker_of(stack: Stack, worker: Any) -> WorkerPart:
    """The worker of that name, or that worker itself; the first one without a name."""
    if worker is None:
        return stack.worker
    found = [w for name, w in stack.workers.items() if worker == name or worker is w]
    if not found:
        there = ", ".join(map(repr, stack.workers)) or "none"
        raise OptionError(f"worker={worker!r:.60}: this lab has no such worker; it has {there}.")
    return found[0]


def check_seconds(value: Any, least: float, most: float) -> float:
    """The number of seconds itself; OptionError where it is none or out of bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise OptionError(f"seconds={value!r:.60} is not a number from {least:g} to {most:g}.")
    return float(value)


def no_such_fault(name: Any, names: Iterable[str]) -> OptionError:
    """What there is instead, the nearest first."""
    names = list(names)
    wanted = name.lower() if isinstance(name, str) else ""
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    near += [one for one in names if set(wanted.split()) & set(one.split())]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return OptionError(f"There is no fault {name!r:.60}.{hint} There are: {', '.join(names)}.")


def check_options(fault: type[Fault], options: Iterable[str]) -> None:
    """OptionError for an option that this fault does not take."""
    takes = list(inspect.signature(fault).parameters)[1:]
    for option in options:
        if option not in takes:
            known = " and ".join(f"{name}=" for name in takes) or "none"
            raise OptionError(f"{fault.name!r} has no option {option!r:.60}; it takes {known}.")
