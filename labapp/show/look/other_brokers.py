"""What a broker that is not Redis lets us see without taking anything out of it."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labapp.show.look.budget import Budget
from labapp.show.look.calls import call_of, priority_of, remarks_on
from labapp.show.look.messages import LARGEST, Message, open_envelope, open_message

SAYS = {
    "memory": "The memory transport keeps messages in this process: only it can see them.",
    "filesystem": "The filesystem transport keeps each message as a file, until a worker moves it.",
}
COUNTED = (
    "This broker tells how many messages wait, and no more: to read one is to take it out. Its own "
    "tools show the rest."
)


def look_elsewhere(app: Any, connection: Any, budget: Budget) -> tuple[str, list[dict[str, Any]]]:
    """A sentence on this broker, and the app's queues: how many wait, and messages where they can
    be seen."""
    kind = str(connection.transport.driver_type)
    queues = []
    for name in map(str, app.amqp.queues):
        # A question about a queue that is not there closes the channel of some brokers.
        with contextlib.closing(connection.channel()) as channel:
            waiting = _count(kind, channel, name, connection.channel_errors)
            messages = [_shown(m, name, app) for m in _messages(kind, channel, name, budget)]
        queues.append(
            {
                "name": name,
                "says": "",
                "waiting": waiting,
                "priorities": {},
                "by_priority": {},
                "messages": messages,
                "left_out": max(0, (waiting or 0) - len(messages)),
            }
        )
    return SAYS.get(kind, COUNTED), queues


def _count(kind: str, channel: Any, name: str, errors: tuple[type[Exception], ...]) -> int:
    if kind == "filesystem":
        return len(_files(channel, name))
    try:
        return int(channel.queue_declare(name, passive=True).message_count)
    except errors:
        return 0  # nothing was ever sent to it


def _messages(kind: str, channel: Any, name: str, budget: Budget) -> Iterator[Message]:
    if kind == "memory":
        queue = channel.queues.get(name)
        for payload in list(queue.queue)[: budget.messages] if queue is not None else []:
            yield open_envelope(payload)
    elif kind == "filesystem":
        for path in _files(channel, name)[: budget.messages]:
            yield _open_file(path)


def _files(channel: Any, name: str) -> list[Path]:
    """A queue's files, in the order in which a worker takes them."""
    # What one side sends into its folder `out` the other takes from its folder `in`.
    folders = {Path(channel.data_folder_in), Path(channel.data_folder_out)}
    found = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    own = [path for path in found if path.name.partition(".")[2] == f"{name}.msg"]
    return sorted(own, key=lambda path: path.name)


def _open_file(path: Path) -> Message:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return open_envelope(None)
        with path.open("rb") as file:
            return open_message(file.read(LARGEST + 1))
    except OSError:
        return open_envelope(None) | {"note": "A worker has just taken it."}


def _shown(message: Message, queue: str, app: Any) -> Message:
    return message | {
        "queue": queue,
        "call": call_of(message, queue, str(app.conf.task_default_queue)),
        "priority": priority_of(message),
        "remarks": remarks_on(message),
    }
