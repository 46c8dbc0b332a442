"""A chord followed as one thing: from the counters that it keeps itself, not task by task."""

from __future__ import annotations

from labapp.live.source import Count
from labapp.live.state import ENDED, TaskState


def chord_state(key: str, count: Count | None, size: int) -> TaskState | None:
    """How far a chord's header is; None where there is no counter (yet, or any more).

    ``size`` is how many parts were sent, for as long as the counters do not say it. Whether the
    parts ended well is not counted: the chord's body tells.
    """
    if count is None:
        return None
    total = max(count.size or size, 1)
    if count.over:
        return TaskState(key, ENDED, current=total, total=total, percent=100.0)
    ended = min(count.ended, total)
    percent = 100.0 * ended / total
    state = "PROGRESS" if ended else "PENDING"  # before that nobody says whether one runs
    return TaskState(key, state, current=ended, total=total, percent=percent)
