"""The switches that break a part and mend it: what a menu offers, and what a click does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from labapp.show.switches import Action

if TYPE_CHECKING:
    from labapp.lab.part import Part
    from labapp.lab.stack import Stack

_WORDS = {"set": ("Break", "breaking"), "repair": ("Repair", "repairing")}


def switches_for(stack: Stack, part: Part) -> list[dict[str, Any]]:
    """One switch a fault that this part can have: name, what it does, and what a click does now.

    `do` is set or repair; empty where neither is possible, since the part is not ready.
    """
    if not stack.running:
        return []
    return [
        {
            "name": kind.name,
            "says": kind.says,
            "on": fault is not None,
            "do": "repair" if fault else "set" if part.state == "ready" else "",
        }
        for kind, fault in stack.faults.of(part)
    ]


def fault_actions(stack: Stack, part: Part) -> list[Action]:
    """What can be clicked now, for `Switches.add`; the name of an action is `set redis frozen`."""
    return [
        Action(
            do=f"{do} {name}",
            label=f"{_WORDS[do][0]}: {name}",
            doing=_WORDS[do][1],
            run=partial(_turn, stack, part, do, name),
            says=one["says"],
        )
        for one in switches_for(stack, part)
        if (do := one["do"]) and (name := one["name"])
    ]


def _turn(stack: Stack, part: Part, do: str, name: str) -> None:
    """Set a fault of this part, or repair it; returns when it is done, LabError says why not.

    What is over as soon as it has happened is waited for: nobody could switch it off.
    """
    kind, fault = next(pair for pair in stack.faults.of(part) if pair[0].name == name)
    if do == "repair" and fault is not None:
        fault.repair()
    elif do == "set" and fault is None:
        made = stack.fault(name, **({"worker": part.name} if part.kind == "worker" else {}))
        if kind.passing:
            made.repair()
