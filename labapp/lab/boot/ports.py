"""Loopback ports that nobody takes while a service is away for a moment.

The system gives outgoing connections the ports of its own range. A service that lives in it and is
restarted may find its port in the hands of a client, even of one that tried to reach it.
"""

from __future__ import annotations

import contextlib
import random
import socket

LOWEST = 15_000
RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range"
#: Where the system does not say (macOS), or leaves no room below.
USUAL_START = 32_768
TRIES = 50


def bind_quiet(listener: socket.socket) -> int:
    """Bind to a free loopback port outside the range of outgoing connections; returns it.

    Raises OSError when the system has no free port at all.
    """
    below = _outgoing_from()
    candidates = (
        random.SystemRandom().sample(range(LOWEST, below), TRIES) if below > LOWEST + TRIES else []
    )
    for port in candidates:
        with contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    listener.bind(("127.0.0.1", 0))
    return int(listener.getsockname()[1])


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with contextlib.closing(socket.socket()) as probe:
        return bind_quiet(probe)


def _outgoing_from() -> int:
    try:
        with open(RANGE_FILE) as file:
            return int(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return USUAL_START
