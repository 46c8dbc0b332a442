"""The look as html that outlives the kernel: tables, and details to open where there is much."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from labapp.display import Html, escape, table
from labapp.show.look.calls import brief
from labapp.show.look.meanings import FIELDS
from labapp.show.look.messages import Message

LONGEST = 2_000
"""Characters of one value."""
MOST_FIELDS = 40
NAMED = 5
"""Keys of somebody else's that are named."""


def picture(data: dict[str, Any]) -> Html:
    """All of it, top to bottom: queues, what workers hold, results, the other keys."""
    at = time.strftime("%H:%M:%S", time.localtime(data["at"]))
    broker = escape(data["broker"])
    parts = [
        f"<p>What lay in <code>{broker}</code> at {at}, read one after the other while all goes on."
        "</p>"
    ]
    parts += [f"<p>{escape(note)}</p>" for note in data["notes"]]
    parts += [_queue(queue, data["at"]) for queue in data["queues"]]
    if data["unacked"] is not None:
        parts.append(_unacked(data["unacked"]))
    if data["results"]["says"]:
        parts.append(_results(data["results"]))
    if data["keys"]:
        parts.append(_keys(data["keys"]))
    if data["others"]:
        parts.append(_others(data["others"]))
    return Html("".join(parts))


def lasting(seconds: float | None) -> str:
    """``59 min 58 s``; ``for ever`` without an end."""
    if seconds is None:
        return "for ever"
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _queue(queue: dict[str, Any], at: float) -> Html:
    caption = f"Queue {queue['name']}: {queue['waiting']:,} waiting"
    rows = [
        (number, _call(message), message["priority"], _due(message, at))
        for number, message in enumerate(queue["messages"], start=1)
    ]
    said = [queue["says"], *queue["priorities"].values(), _rest(queue["left_out"], "message")]
    columns = ("next", "the call", "priority", "not before")
    return Html(_section(caption, columns, rows, said) + _opened(queue["messages"]))


def _unacked(unacked: dict[str, Any]) -> Html:
    caption = f"Fetched and not acknowledged: {unacked['count']:,}"
    rows = [
        (number, _call(message), message["queue"], _deadline(message["seconds_left"]))
        for number, message in enumerate(unacked["messages"], start=1)
    ]
    timeout = (
        f"The deadline is this app's visibility_timeout, {lasting(unacked['visibility_timeout'])}; "
        "a worker with another goes by its own."
    )
    said = [unacked["says"], timeout, _rest(unacked["left_out"], "message")]
    section = _section(caption, ("message", "the call", "queue", "given back"), rows, said)
    return Html(section + _opened(unacked["messages"]))


def _results(results: dict[str, Any]) -> Html:
    caption = f"Results: {results['count']:,}"
    rows = [
        (
            Html(f"<code>{escape(row['key'])}</code>"),
            row["state"] or "?",
            row["note"] or brief(row["result"]),
            lasting(row["seconds_left"]),
        )
        for row in results["kept"]
    ]
    said = [results["says"], _rest(results["left_out"], "result")]
    return _section(caption, ("key", "state", "result", "kept for"), rows, said)


def _keys(keys: Sequence[dict[str, Any]]) -> Html:
    rows = [
        (
            Html(f"<code>{escape(row['key'])}</code>"),
            row["count"],
            ", ".join(row["types"]),
            "" if row["size"] is None else _size(row),
            lasting(row["seconds_left"]),
            row["says"] + "".join(f" {held}." for held in row["holds"]),
        )
        for row in keys
    ]
    columns = ("key", "keys", "type", "size", "kept for", "what it is for")
    return _section("The other keys of Celery and the kit", columns, rows, [])


def _others(names: Sequence[str]) -> Html:
    named = ", ".join(f"<code>{escape(name, 80)}</code>" for name in names[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return Html(f"<p>Not Celery's, so not opened: {named}{more}.</p>")


def _section(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]], said: Sequence[str]
) -> Html:
    note = " ".join(one for one in said if one)
    if not rows:
        return Html(f"<p><strong>{escape(caption)}.</strong> {escape(note)}</p>")
    return table(columns, rows, caption=caption, note=note)


def _call(message: Message) -> Html:
    call = message["call"]
    shown = f"<code>{escape(call, LONGEST)}</code>" if call else "<em>no task</em>"
    remarks = [escape(one) for one in message["remarks"]]
    if message["id"] is not None:
        remarks.insert(0, f"id <code>{escape(message['id'], 100)}</code>")
    return Html("<br>".join([shown, *remarks]))


def _due(message: Message, at: float) -> str:
    """When it may run: a countdown is an eta by the time it is sent."""
    eta = message["headers"].get("eta")
    if not isinstance(eta, str):
        return ""
    try:
        left = datetime.fromisoformat(eta).timestamp() - at
    except (ValueError, OverflowError, OSError):
        return eta
    return f"in {lasting(left)}" if left > 0 else "since a while"


def _deadline(seconds: float) -> str:
    return f"in {lasting(seconds)}" if seconds > 0 else "now, at the next sweep"


def _opened(messages: Sequence[Message]) -> Html:
    """Everything in each message, closed at first: each field, its value, what it is for."""
    return Html("".join(_inside(n, message) for n, message in enumerate(messages, start=1)))


def _inside(number: int, message: Message) -> Html:
    size = f"{message['size']:,} bytes, " if message["size"] else ""
    how = " in base64" if message["encoding"] == "base64" else ""
    kind = message["content_type"] or "no content type"
    body = message["text"] if message["body"] is None else _json(message["body"])
    rows: list[tuple[object, ...]] = [
        ("body", _code(body), message["note"] or FIELDS["body"]),
        ("content-type", _code(kind), FIELDS["content-type"]),
    ]
    fields = [
        (part, name, value)
        for part in ("headers", "properties")
        for name, value in list(message[part].items())[:MOST_FIELDS]
    ]
    rows += [
        (Html(f"{part}<br>{escape(name, 60)}"), _code(_json(value)), FIELDS.get(name, ""))
        for part, name, value in fields
        if not _is_empty(value)
    ]
    empty = [name for _, name, value in fields if _is_empty(value)]
    note = f"Empty here: {', '.join(empty)}." if empty else ""
    inner = table(("field", "value", "what it is for"), rows, note=note)
    summary = f"Message {number}, opened: {size}{kind}{how}"
    return Html(f"<details><summary>{escape(summary)}</summary>{inner}</details>")


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], {}, [None, None])


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text, LONGEST)}</code>")


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return brief(value)


def _size(row: dict[str, Any]) -> str:
    unit = "byte" if row["types"] == ["string"] else "member"
    return f"{row['size']:,} {unit}{'' if row['size'] == 1 else 's'}"


def _rest(count: int, what: str) -> str:
    return f"{count:,} more {what}{'' if count == 1 else 's'} not shown." if count else ""
