"""Which of a worker's slots a task runs in.

Events carry the pid of the worker, not of the child that runs the task, so slots are dealt out
from starts and ends: the lowest that is free. Where a worker says which child it was, as those of
a lab do, a child keeps its slot.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Slots:
    """The slots of one worker: who is in which, and which child was last in which."""

    taken: dict[int, str] = field(default_factory=dict)
    children: dict[int, int] = field(default_factory=dict)

    def take(self, task_id: str, child: int | None) -> int:
        """The slot for a task that starts now."""
        own = next((slot for slot, pid in self.children.items() if pid == child), None)
        slot = own if own is not None and own not in self.taken else self._lowest(child)
        self.taken[slot] = task_id
        if child is not None:
            self.children[slot] = child
        return slot

    def leave(self, task_id: str, killed: bool = False) -> None:
        """The task has ended, or is not known to run any more; ``killed`` if its child with it."""
        for slot in [slot for slot, key in self.taken.items() if key == task_id]:
            del self.taken[slot]
            if killed:
                self.children.pop(slot, None)

    def _lowest(self, child: int | None) -> int:
        free = (slot for slot in range(len(self.taken) + len(self.children) + 1))
        others = self.children if child is not None else {}
        # A slot that no child has had yet, else one whose child may have been replaced.
        slots = [slot for slot in free if slot not in self.taken]
        return next((slot for slot in slots if slot not in others), slots[0])
