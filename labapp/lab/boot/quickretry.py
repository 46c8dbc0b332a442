"""A worker that outlives its broker's absence and finds it again in tenths of a second.

Two things of kombu 5.7 stand in the way, and no setting reaches either. The waits between two
attempts are defaults of a function: 2, 4, 6 ... seconds. And where messages were fetched but not
acknowledged when the broker went, closing the old connection asks a closed one for its address:
an AttributeError that nobody expects ends the worker. Off in a stock lab.
"""

from __future__ import annotations

import functools
from typing import Any

#: First wait, growth and longest wait between two attempts, seconds.
START, STEP, LONGEST = 0.1, 0.1, 0.3


def install() -> None:
    """Shorten the waits wherever the caller names none; make the closed connection say so."""
    _wait_shortly()
    _close_in_peace()


def _wait_shortly() -> None:
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


def _close_in_peace() -> None:
    """A connection error is what the worker expects there: it goes on to connect anew.

    The messages stay in the broker's unacked hash, if it still has one, and come back after the
    visibility timeout.
    """
    from kombu.transport.redis import Channel
    from redis.exceptions import ConnectionError

    hopeful: Any = Channel._connparams

    @functools.wraps(hopeful)
    def honest(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("This connection to the broker is closed.")
        return hopeful(self, *args, **kwargs)

    Channel._connparams = honest  # type: ignore[method-assign]
