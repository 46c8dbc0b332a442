"""What a Redis broker holds: queues with their messages, and what workers have fetched."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from labapp.live.queues import PRIORITIES, SEPARATOR
from labapp.show.look.budget import QUEUES, Budget
from labapp.show.look.calls import call_of, priority_of, remarks_on
from labapp.show.look.meanings import PRIORITY, QUEUE, UNACKED
from labapp.show.look.messages import Message, open_envelope, open_message
from labapp.show.look.redis_reader import Reader, Scan

VISIBILITY = 3600
"""Seconds after which kombu gives an unacknowledged message back, unless the app says otherwise."""
#: What is bound and is no queue of tasks: remote control and events.
NOT_TASKS = re.compile(r".*\.celery\.pidbox|celeryev\..*", re.DOTALL)


class RedisBroker:
    """Finds an app's queues in one database and opens them; `used` says which keys they are."""

    def __init__(self, app: Any, reader: Reader, scan: Scan, options: dict[str, Any]) -> None:
        self._app = app
        self._reader = reader
        self._scan = scan
        self._options = options
        self._separator = str(options.get("sep", SEPARATOR))
        self.prefix = str(options.get("global_keyprefix") or "")
        self._default = str(app.conf.task_default_queue)
        self._lanes = self._find_lanes()
        self.used: set[bytes] = set()

    def queues(self, budget: Budget) -> list[dict[str, Any]]:
        """Each queue that the app knows, that is bound, or that holds messages."""
        closed = Budget(messages=0, keys=0)
        names = enumerate(self._names(budget))
        return [self._queue(name, budget if place < QUEUES else closed) for place, name in names]

    def unacked(self, budget: Budget) -> dict[str, Any]:
        """What workers hold, the longest held first, and when it is given back."""
        store = self._key(self._options.get("unacked_key", "unacked"))
        index = self._key(self._options.get("unacked_index_key", "unacked_index"))
        timeout = float(self._options.get("visibility_timeout", VISIBILITY))
        count = self._length(store, "hash")
        found: dict[str, Any] = {
            "says": UNACKED,
            "count": count,
            "visibility_timeout": timeout,
            "messages": [],
        }
        if self._reader.types([store, index]) == {store: "hash", index: "zset"}:
            for since, raw in self._reader.held(index, store, budget.messages):
                held = _open_held(raw)
                deadline = since + timeout
                moment = {"held_since": since, "deadline": deadline}
                message = self._shown(held, held["queue"] or self._default)
                found["messages"].append(
                    message | moment | {"seconds_left": deadline - time.time()}
                )
        found["left_out"] = max(0, count - len(found["messages"]))
        return found

    def _queue(self, name: str, budget: Budget) -> dict[str, Any]:
        keys = {step: self._key(name, step) for step in self._steps(name)}
        types = self._reader.types(keys.values())
        waiting: dict[int, int] = {}
        messages: list[Message] = []
        for step, key in sorted(keys.items()):
            if types.get(key) != "list":
                continue
            self.used.add(key)
            waiting[step] = self._length(key, "list")
            room = budget.messages - len(messages)
            raws = self._reader.messages(key, room) if room > 0 else []
            messages += [self._shown(open_message(raw), name) | {"list": step} for raw in raws]
        total = sum(waiting.values())
        return {
            "name": name,
            "says": QUEUE,
            "waiting": total,
            "priorities": {step: PRIORITY.format(step) for step in waiting if step},
            "by_priority": waiting,
            "messages": messages,
            "left_out": max(0, total - len(messages)),
        }

    def _shown(self, message: Message, queue: str) -> Message:
        return message | {
            "queue": queue,
            "call": call_of(message, queue, self._default),
            "priority": priority_of(message),
            "remarks": remarks_on(message),
        }

    def _names(self, budget: Budget) -> list[str]:
        known = dict.fromkeys(map(str, self._app.amqp.queues))
        bound = dict.fromkeys(self._bound())
        holding = dict.fromkeys(self._holding())
        names = [name for name in known | bound | holding if not NOT_TASKS.fullmatch(name)]
        return names[: max(budget.keys, len(known))]

    def _bound(self) -> list[str]:
        """The queues in the routing tables."""
        tables = [
            key
            for key, kind in self._scan.types.items()
            if kind == "set" and self._name(key).startswith("_kombu.binding.")
        ]
        always = self._key(
            f"_kombu.binding.{self._app.conf.task_default_exchange or self._default}"
        )
        if always not in tables and self._reader.types([always]) == {always: "set"}:
            tables.append(always)
        rows = [m for table in tables[:QUEUES] for m in self._reader.members(table, QUEUES)]
        return [name for row in rows if (name := row_of(row, self._separator)[2])]

    def _holding(self) -> list[str]:
        """The lists that hold what looks like a message, whoever sent it."""
        found = []
        for name, steps in list(self._lanes.items())[: 10 * QUEUES]:
            newest = self._reader.messages(self._key(name, min(steps)), 1)
            if newest and open_message(newest[0])["properties"]:
                found.append(name)
        return found

    def _find_lanes(self) -> dict[str, set[int]]:
        """The lists that there are, by name: which priorities have one."""
        lanes: dict[str, set[int]] = {}
        for key, kind in self._scan.types.items():
            if kind == "list" and (text := _text(key)).startswith(self.prefix):
                name, _, step = text.removeprefix(self.prefix).partition(self._separator)
                if not step or (step.isdecimal() and len(step) < 5):
                    lanes.setdefault(name, set()).add(int(step or 0))
        return lanes

    def _steps(self, name: str) -> list[int]:
        """The priorities that have a list: the app's own, and what lies there of others."""
        steps = self._options.get("priority_steps", PRIORITIES)
        return sorted({0, *steps, *self._lanes.get(name, ())})

    def _key(self, name: Any, step: int = 0) -> bytes:
        lane = f"{self._separator}{step}" if step else ""
        return f"{self.prefix}{name}{lane}".encode("utf-8", "surrogateescape")

    def _name(self, key: bytes) -> str:
        text = _text(key)
        return text.removeprefix(self.prefix) if text.startswith(self.prefix) else text

    def _length(self, key: bytes, kind: str) -> int:
        return self._reader.lengths([key], kind)[0]


def row_of(member: bytes, separator: str = SEPARATOR) -> tuple[str, str, str]:
    """Routing key, pattern and queue of one row of a routing table."""
    parts = [*_text(member).split(separator), "", "", ""]
    return parts[0], parts[1], parts[2]


def _open_held(raw: bytes | None) -> Message:
    """A fetched message is kept with its exchange and routing key."""
    if raw is None:
        return open_envelope(None) | {"queue": "", "note": "Not opened: it is too large."}
    try:
        envelope, _, routing_key = json.loads(raw)
    except (ValueError, TypeError, RecursionError):
        return open_message(raw) | {"queue": ""}
    return open_envelope(envelope) | {"size": len(raw), "queue": str(routing_key or "")}


def _text(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")
