"""All faults by name, and those of one lab that are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from labapp.lab.faults.base import Fault
from labapp.lab.faults.child import ChildKilled
from labapp.lab.faults.choice import check_options, no_such_fault
from labapp.lab.faults.flood import QueueFlooded
from labapp.lab.faults.halted import RedisFrozen, RedisSlow, WorkerPaused
from labapp.lab.faults.killed import RedisDown, WebKilled, WorkerKilled
from labapp.lab.faults.memory import RedisFull
from labapp.lab.part import Part

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

KINDS: tuple[type[Fault], ...] = (
    RedisDown,
    RedisFrozen,
    RedisSlow,
    RedisFull,
    QueueFlooded,
    WorkerKilled,
    WorkerPaused,
    ChildKilled,
    WebKilled,
)
#: What can be broken, and what each does in a sentence.
FAULTS: dict[str, str] = {kind.name: kind.says for kind in KINDS}
_BY_NAME = {kind.name: kind for kind in KINDS}


class Faults(Mapping[str, str]):
    """`lab.faults`: what can be broken, each with its sentence; `on` lists what is broken now."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        #: Set and not repaired, in that order; kept by the faults themselves.
        self.noted: list[Fault] = []

    def __getitem__(self, name: str) -> str:
        return FAULTS[name]

    def __iter__(self) -> Iterator[str]:
        return iter(FAULTS)

    def __len__(self) -> int:
        return len(FAULTS)

    def __repr__(self) -> str:
        on = {fault.name for fault in self.on}
        return "\n".join(
            f"{name:<20}{says}{' It is on.' if name in on else ''}" for name, says in FAULTS.items()
        )

    @property
    def on(self) -> list[Fault]:
        """What is broken now, the oldest first."""
        return [fault for fault in list(self.noted) if fault.on]

    def set(self, name: str, options: Mapping[str, Any]) -> Fault:
        """Break something; OptionError for a name or an option that there is not."""
        kind = _BY_NAME.get(name) if isinstance(name, str) else None
        if kind is None:
            raise no_such_fault(name, FAULTS)
        check_options(kind, options)
        _ = self._stack.guardian
        fault = kind(self._stack, **options)
        fault.set()
        return fault

    def repair(self) -> None:
        """Mend all that is broken, the newest first; harmless where nothing is."""
        for fault in reversed(self.on):
            fault.repair()

    def of(self, part: Part) -> list[tuple[type[Fault], Fault | None]]:
        """The faults that a part can have, each with the one that is on."""
        if not part.own:
            return []
        on = {type(fault): fault for fault in self.on if fault.part is part}
        return [(kind, on.get(kind)) for kind in KINDS if kind.kind == part.kind]

    def way_out(self, part: Part) -> str:
        """What to do about a part that is not ready, in a sentence."""
        cause = next((fault for fault in reversed(self.on) if fault.part is part), None)
        if cause is not None and part.state != "ready":
            return f"Repair {cause.name!r} first: leave its block, or lab.faults.repair()."
        return f"Start {part.name} first."

    # What the Stack and its parts use, the lab's lock held.

    def release(self, part: Part) -> None:
        """Let a part go on that is about to be used or ended."""
        for fault in self.on:
            if fault.part is part:
                fault.release()

    def end(self) -> None:
        """The lab ends: whoever stands still goes on, and nothing is left to repair."""
        for fault in self.on:
            fault.end()
        self.noted.clear()


class Breakable:
    """`fault` and `faults`; mixed into the Stack."""

    @cached_property
    def faults(self) -> Faults:
        """What can be broken, with a sentence each, and what is broken now."""
        return Faults(cast("Stack", self))

    def fault(self, name: str, /, **options: Any) -> Fault:
        """Break something; it is mended when the `with` block ends, or by `repair()`.

        Options: `worker` of the faults of a worker; `seconds` of "redis slow"; `count`, `queue`,
        `task`, `args` and `kwargs` of "queue flooded". OptionError lists the names there are.
        """
        return self.faults.set(name, options)
