"""What the Lab's panel shows, as plain data, and the picture that it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from labapp.display import Html, clean, table
from labapp.lab.part import HINDERED
from labapp.show.words import picture_of

DOING = {
    "start": "starting",
    "restart": "restarting",
    "stop": "stopping",
    "kill": "killing",
}
_SIGNS = {
    "ready": ("✓", "success"),
    "starting": ("◐", "running"),
    "stopping": ("◐", "running"),
    "stopped": ("○", "waiting"),
    "failed": ("✕", "failure"),
    "killed": ("✕", "failure"),
    "slow": ("≈", "retry"),
    "full": ("■", "retry"),
    "frozen": ("‖", "retry"),
    "paused": ("‖", "retry"),
}
_ON_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost)(:\d+)?/?")


class PartLike(Protocol):
    """A part of a lab, as far as it is shown."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def detail(self) -> str: ...
    @property
    def reason(self) -> str: ...


def view_of(
    parts: Sequence[PartLike],
    lines: Mapping[str, str],
    busy: Mapping[str, str],
    *,
    running: bool,
    message: str = "",
    switches: Mapping[str, list[dict[str, Any]]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The model of the widget. ``lines`` are last log lines by part; ``busy`` says which part is
    being started or stopped by a button; ``switches`` are those that break a part, by part."""
    rows = {}
    for part in parts:
        row = _row(part, lines.get(part.name, ""), busy.get(part.name), running)
        rows[f"part:{part.name}"] = row | {"faults": switches.get(part.name, [])}
    # A part that is frozen, say, tells by its own state; a flood has no other place.
    ready = [part.name for part in parts if part.state == "ready"]
    on = [one["name"] for name in ready for one in switches.get(name, []) if one["on"]]
    head = {"summary": summary(parts, busy, on), "message": clean(message)}
    return {"head": head, "order": list(rows), **rows}


def summary(parts: Sequence[PartLike], busy: Mapping[str, str], on: Sequence[str] = ()) -> str:
    """``4 parts ready``, or which of them are not, in one line; then faults that no state tells."""
    told = _states(parts, busy)
    return f"{told}; fault on: {', '.join(on)}" if on else told


def _states(parts: Sequence[PartLike], busy: Mapping[str, str]) -> str:
    others = [
        f"{clean(part.name, 40)} {busy.get(part.name, part.state)}"
        for part in parts
        if part.state != "ready" or part.name in busy
    ]
    if not others:
        return f"all {len(parts)} parts ready"
    if len({part.state for part in parts}) == 1 and not busy:
        return f"all {len(parts)} parts {parts[0].state}"
    return ", ".join(others)


def actions_for(part: PartLike, running: bool) -> list[str]:
    """What its buttons may do now; nothing to a part that the lab did not start."""
    if not running or not getattr(part, "own", True):
        return []
    if part.state in ("ready", *HINDERED):
        return ["restart", "stop", "kill"]
    if part.state in ("starting", "stopping"):
        return ["kill"]
    return ["start"]


def picture(parts: Sequence[PartLike], note: str = "") -> Html:
    """What ran, and how it ended: nothing that differs between two runs, so no pid and no port."""
    rows = [
        (part.name, part.detail, picture_of(sign_of(part)[0], part.state), part.reason)
        for part in parts
    ]
    columns = ("part", "what ran", "state", "why")
    if not any(part.reason for part in parts):
        return table(columns[:3], [row[:3] for row in rows], caption="Lab", note=note)
    return table(columns, rows, caption="Lab", note=note)


def sign_of(part: PartLike, busy: str | None = None) -> tuple[str, str]:
    """A part's state as a sign and a kind of colour; what is being done to it goes before."""
    return _SIGNS.get("starting" if busy else part.state, ("?", "unknown"))


def _row(part: PartLike, line: str, busy: str | None, running: bool) -> dict[str, Any]:
    sign, kind = sign_of(part, busy)
    address = clean(part.address, 120)
    return {
        "name": clean(part.name, 40),
        "detail": clean(part.detail, 120),
        "sign": sign,
        "word": busy or part.state,
        "kind": kind,
        "address": address,
        "link": bool(_ON_LOOPBACK.fullmatch(address)) and part.state == "ready",
        "pid": part.pid,
        "line": clean(part.reason or line, 300),
        "trouble": bool(part.reason),
        "busy": bool(busy),
        "actions": [] if busy else actions_for(part, running),
    }
