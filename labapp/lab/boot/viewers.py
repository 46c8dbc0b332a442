"""A worker of the lab sends events while somebody looks, and only then.

Each viewer keeps one key in Redis alive. The worker looks for it once a second and does what
Celery's own `enable_events` and `disable_events` do when they are sent by remote control. So it
patches nothing; a stock lab goes without, since there nothing beside Celery talks to Redis.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import bootsteps

from labapp.lab.boot import VIEWERS
from labapp.lab.boot.telling import somebody_looks

LOOK_EVERY = 1.0
GRACE = 10.0
"""Seconds that it goes on sending after the connection broke while somebody looked."""

logger = logging.getLogger(__name__)


class Viewers(bootsteps.StartStopStep):  # type: ignore[misc]
    """Turns task events on and off with the key; leaves them alone where another turned them on."""

    requires = ("celery.worker.consumer.events:Events",)

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self._timer: Any = None
        self._ours = False
        self._grace = 0.0
        self._before: Any = None

    def start(self, consumer: Any) -> None:
        """Runs at each new connection to the broker."""
        self._carry_over(consumer.event_dispatcher)
        self._look(consumer)
        self._timer = consumer.timer.call_repeatedly(LOOK_EVERY, self._look, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ours:
            # A Redis that comes back empty has lost the key; who looks holds it again in a moment.
            self._grace = time.monotonic() + GRACE

    terminate = stop

    def _carry_over(self, dispatcher: Any) -> None:
        """What was not told when the connection broke is told on the new one.

        Celery drops the events that it has gathered, and those of tasks that ran meanwhile, which
        go on talking to the dispatcher of the connection before.
        """
        before, self._before = self._before, dispatcher
        if before is None or before is dispatcher:
            return
        for group, events in before._group_buffer.items():
            dispatcher._group_buffer[group].extend(events)
        before._group_buffer = dispatcher._group_buffer
        before.on_send_buffered, before.flush = dispatcher.on_send_buffered, dispatcher.flush
        before.enabled = True

    def _look(self, consumer: Any) -> None:
        try:
            self._set(consumer.event_dispatcher, self._anybody(consumer.event_dispatcher))
        except Exception:  # the broker is away: the worker's own connection says so in its log
            logger.debug("Whether somebody looks is not known this time", exc_info=True)

    def _anybody(self, dispatcher: Any) -> bool:
        if time.monotonic() < self._grace:
            return True
        # On the connection that the worker has for its events: one more would be one too many.
        with dispatcher.connection.default_channel.conn_or_acquire() as client:
            return bool(client.exists(VIEWERS))

    def _set(self, dispatcher: Any, wanted: bool) -> None:
        groups = dispatcher.groups
        if not groups:
            somebody_looks.set(True)
            return  # all events are on by the worker's own configuration
        if wanted and "task" not in groups:
            groups.add("task")
            self._ours = True
        elif not wanted and self._ours:
            groups.discard("task")
            self._ours = False
        somebody_looks.set("task" in groups)
