"""A Redis that has no memory left."""

from __future__ import annotations

import contextlib

from redis.exceptions import RedisError

from labapp.lab.errors import StateError
from labapp.lab.faults.outage import Outage
from labapp.lab.redis_part import RedisPart

#: The policy too: with another one a full server throws keys away instead of refusing.
FULL = {"maxmemory-policy": "noeviction", "maxmemory": "1"}


class RedisFull(Outage):
    name = "redis out of memory"
    says = "Redis has reached maxmemory: reads are answered, writes are refused."

    def _break(self) -> None:
        self._before = self._configure(FULL)
        self.part.set_state("full", "It is full: reads are answered, writes are refused.")

    def _mend(self) -> None:
        # The other way round: not for a moment full with a policy that throws keys away.
        self._configure(dict(reversed(self._before.items())))
        self.part.set_state("ready")

    def _release(self) -> None:
        self._mend()

    def _holds(self) -> bool:
        return super()._holds() and self.part.state in ("ready", "full")

    def _configure(self, wanted: dict[str, str]) -> dict[str, str]:
        """Set these, and give back what they were."""
        assert isinstance(self.part, RedisPart)
        try:
            with contextlib.closing(self.part.client(socket_timeout=2.0)) as client:
                before = {name: str(client.config_get(name)[name]) for name in wanted}
                for name, value in wanted.items():
                    client.config_set(name, value)
        except RedisError as error:
            raise StateError(f"Redis did not take {', '.join(wanted)}: {error}") from None
        return before
