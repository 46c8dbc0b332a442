"""Services that stand still most of the time: stopped and continued in turns.

It runs here and not in the kernel: a busy cell does not change its beat, it cannot outlive the
lab, and one line ends it whatever the last turn was.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

from labapp.lab.boot import reaper


@dataclass
class _Beat:
    """One service's turns in seconds, and when the next is due (monotonic)."""

    still: float
    awake: float
    due: float = 0.0
    stopped: bool = False


class Pulses:
    """The beats of this guardian's services, by pid; `wait` and `turn` go into its loop."""

    def __init__(self) -> None:
        self._beats: dict[int, _Beat] = {}

    def start(self, pid: int, still: float, awake: float) -> None:
        """From now on stop it for `still` seconds, let it work for `awake` seconds, and so on."""
        self._beats[pid] = _Beat(still, awake)

    def end(self, pid: int) -> None:
        """Let it work for good; harmless where it has no beat."""
        if self.forget(pid):
            reaper.kill_quietly(pid, signal.SIGCONT)

    def forget(self, pid: int) -> bool:
        """It has ended: signal it no more. Whether it had a beat."""
        return self._beats.pop(pid, None) is not None

    def wait(self) -> float | None:
        """Milliseconds until a turn is due; None while nothing has a beat."""
        if not self._beats:
            return None
        due = min(beat.due for beat in self._beats.values())
        return max(0.0, due - time.monotonic()) * 1000

    def turn(self) -> None:
        """Stop or continue whoever's turn it is."""
        now = time.monotonic()
        for pid, beat in self._beats.items():
            if beat.due > now:
                continue
            beat.stopped = not beat.stopped
            reaper.kill_quietly(pid, signal.SIGSTOP if beat.stopped else signal.SIGCONT)
            beat.due = now + (beat.still if beat.stopped else beat.awake)
