"""A worker that finds a returned broker in tenths of a second instead of 2, 4, 6 seconds.

The waits are defaults of a kombu function and no setting reaches them. Off in a stock lab.
"""

from __future__ import annotations

import functools
from typing import Any

#: First wait, growth and longest wait between two attempts, seconds.
START, STEP, LONGEST = 0.1, 0.1, 0.3


def install() -> None:
    """Give `Connection.ensure_connection` short waits wherever the caller names none."""
    from kombu.connection import Connection

    patient: Any = Connection.ensure_connection

    @functools.wraps(patient)
    def eager(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) < 3:  # errback, max_retries: the interval is the third
            kwargs.setdefault("interval_start", START)
            kwargs.setdefault("interval_step", STEP)
            kwargs.setdefault("interval_max", LONGEST)
        return patient(self, *args, **kwargs)

    Connection.ensure_connection = eager  # type: ignore[method-assign]
