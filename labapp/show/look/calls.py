"""The call that made a message, written back from what the message says."""

from __future__ import annotations

import keyword
import reprlib
from collections.abc import Iterator
from typing import Any

from labapp.show.look.messages import Message

_BRIEF = reprlib.Repr()
_BRIEF.maxlevel, _BRIEF.maxlist, _BRIEF.maxdict, _BRIEF.maxtuple = 4, 8, 8, 8
_BRIEF.maxstring, _BRIEF.maxlong, _BRIEF.maxother = 120, 60, 120


def brief(value: Any) -> str:
    """A value as Python writes it, cut where it is long, wide or deep."""
    return _BRIEF.repr(value)


def call_of(message: Message, queue: str, default_queue: str) -> str:
    """``resize.apply_async(args=[1], eta=...)``; empty for a message that is of no task.

    It is a call that makes this message, and mostly the one that made it: a countdown, say, is an
    eta by the time it is sent.
    """
    task = message["task"]
    if task is None:
        return ""
    options = list(_options(message, queue, default_queue))
    name = task.rpartition(".")[2]
    if not _is_name(name):
        return f"app.send_task({', '.join([brief(task), *_arguments(message), *options])})"
    if options or message["args"] is None:
        return f"{name}.apply_async({', '.join([*_arguments(message), *options])})"
    return f"{name}.delay({', '.join(_plain_arguments(message))})"


def remarks_on(message: Message) -> list[str]:
    """What the call alone does not tell: retries, workflows, a second delivery."""
    headers, embed = message["headers"], message["embed"]
    found = []
    if retries := _count(headers.get("retries")):
        found.append(f"Sent again: this is try {retries + 1}.")
    if headers.get("redelivered") or _delivery(message).get("redelivered"):
        found.append("Delivered before, and put back since nobody acknowledged it.")
    if headers.get("group"):
        found.append(f"One of the group {brief(headers['group'])}.")
    chain = embed.get("chain")
    if isinstance(chain, list) and chain:
        # Celery keeps a chain with its next link last.
        found.append(f"Then: {', '.join(map(_signature, reversed(chain)))}.")
    if embed.get("chord"):
        found.append(f"A part of a chord that ends in {_signature(embed['chord'])}.")
    return found


def _arguments(message: Message) -> Iterator[str]:
    if message["args"] is None:
        for name in ("args", "kwargs"):
            told = message["headers"].get(f"{name}repr")
            if isinstance(told, str) and told not in ("()", "{}", "[]"):
                yield f"{name}={told[:200]}"  # as the sender wrote them down, for people
        return
    if message["args"]:
        yield f"args={brief(message['args'])}"
    if message["kwargs"]:
        yield f"kwargs={brief(message['kwargs'])}"


def _plain_arguments(message: Message) -> Iterator[str]:
    args, kwargs = message["args"], message["kwargs"]
    yield from (brief(value) for value in args[:8])
    if len(args) > 8:
        yield "..."
    if all(_is_name(name) for name in kwargs):
        yield from (f"{name}={brief(value)}" for name, value in list(kwargs.items())[:8])
        if len(kwargs) > 8:
            yield "..."
    elif kwargs:
        yield f"**{brief(kwargs)}"


def _options(message: Message, queue: str, default_queue: str) -> Iterator[str]:
    headers, embed = message["headers"], message["embed"]
    for name in ("eta", "expires"):
        if isinstance(headers.get(name), str):
            yield f"{name}=datetime.fromisoformat({brief(headers[name])})"
    if queue != default_queue:
        yield f"queue={brief(queue)}"
    if priority_of(message):
        yield f"priority={priority_of(message)}"
    limits = headers.get("timelimit")
    if isinstance(limits, list) and len(limits) == 2:
        for name, limit in zip(("time_limit", "soft_time_limit"), limits, strict=True):
            if isinstance(limit, int | float) and limit:
                yield f"{name}={limit}"
    if headers.get("ignore_result") is True:
        yield "ignore_result=True"
    if headers.get("shadow"):
        yield f"shadow={brief(headers['shadow'])}"
    for option, key in (("link", "callbacks"), ("link_error", "errbacks")):
        then = embed.get(key)
        if isinstance(then, list) and then:
            yield f"{option}=[{', '.join(map(_signature, then[:8]))}]"


def priority_of(message: Message) -> int:
    """The message's priority; 0 where it has none, which on Redis is the first to be taken."""
    return _count(message["properties"].get("priority"))


def _signature(value: Any) -> str:
    """A task within a workflow: its name, and that it has arguments."""
    name = value.get("task") if isinstance(value, dict) else None
    if not isinstance(name, str):
        return brief(value)
    short = name.rpartition(".")[2]
    return f"{short if _is_name(short) else brief(name)}.s(...)"


def _delivery(message: Message) -> dict[str, Any]:
    found = message["properties"].get("delivery_info")
    return found if isinstance(found, dict) else {}


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and text.isidentifier() and not keyword.iskeyword(text)


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0
