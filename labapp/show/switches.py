"""What can be done to a part of a lab from a display: start, stop, kill, restart, and more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labapp.display import clean
from labapp.show.panel_view import DOING, actions_for

if TYPE_CHECKING:
    from labapp.lab.part import Part
    from labapp.lab.stack import Stack


@dataclass(frozen=True, slots=True)
class Action:
    """One switch: ``do`` names it, ``label`` stands on it, ``doing`` is said while it acts,
    ``says`` tells what it is for."""

    do: str
    label: str
    doing: str
    run: Callable[[], object]
    says: str = ""


Provider = Callable[["Part"], "list[Action]"]


class Switches:
    """Acts on a thread of its own, one action a part at a time, and tells how it went.

    More switches, those of faults for one, come from providers: ``add(provider)``.
    """

    def __init__(self, stack: Stack, changed: Callable[[], object]) -> None:
        self._stack = stack
        self._changed = changed
        self._providers: list[Provider] = [self._own]
        self.busy: dict[str, str] = {}
        self.message = ""

    def add(self, provider: Provider) -> None:
        """Offer what ``provider`` gives for a part, after the switches of the part itself."""
        self._providers.append(provider)

    def of(self, part: Part) -> list[Action]:
        """What may be done to this part now; nothing while something is being done to it."""
        if part.name in self.busy:
            return []
        return [action for provider in self._providers for action in provider(part)]

    def part(self, name: str) -> Part | None:
        """The part with this name, if there is one."""
        return next((part for part in self._stack.parts() if part.name == name), None)

    def tell(self, message: str) -> None:
        """Keep a sentence to be shown; the next action takes it away."""
        self.message = clean(message)
        self._changed()

    def act(self, name: str, do: str) -> None:
        """Do to a part what a switch says; returns at once."""
        part = self.part(name)
        if part is None:
            return
        action = next((action for action in self.of(part) if action.do == do), None)
        if action is None:
            return
        self.busy[name], self.message = f"{action.doing}…", ""
        self._changed()
        threading.Thread(
            target=self._run, args=(name, action), name=f"labapp-{do}-{name}", daemon=True
        ).start()

    def _run(self, name: str, action: Action) -> None:
        try:
            action.run()
        except Exception as error:  # nobody is there to catch it
            self.message = clean(error)
        finally:
            self.busy.pop(name, None)
            self._changed()

    def _own(self, part: Any) -> list[Action]:
        return [
            Action(do, do.capitalize(), DOING[do], getattr(part, do))
            for do in actions_for(part, self._stack.running)
        ]
