"""Breaks that the lab makes and mends: `with lab.fault("redis down"): ...`.

`FAULTS` is the list of them. A fault is repaired when its block ends, however it ends, or by
`repair()`; `lab.stop()`, and the end of the kernel, end it with the lab. What the lab did not
start it does not break. Where two cannot go together, the second is refused in a sentence: a part
that is down, frozen, slow, full or paused can have no other fault of these until it is repaired.
"""

from labapp.lab.faults.base import Fault
from labapp.lab.faults.catalogue import FAULTS, Breakable, Faults

__all__ = ["FAULTS", "Breakable", "Fault", "Faults"]
