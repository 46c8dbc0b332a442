"""Where each bar of a timeline stands: a row a slot, waiting above running, in pixels.

Pure functions from a history's tasks to plain data; the page and the picture draw the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from labapp.display import clean
from labapp.live.told import AGAIN, FETCHED, QUEUED, RUNNING, UNACCOUNTED, Told, Try
from labapp.show.words import OUTCOMES, word_for
from labapp.show.workflows import workflows

WIDTH, LEFT, RIGHT, TOP = 860, 132, 16, 26
RUN, WAIT, LANES, GAP = 18, 5, 4, 7
"""Heights of a running and a waiting bar; so many waiting bars stand above each other."""
SHORTEST = 3.0
NOWHERE = "in no slot"
_STATES = {**OUTCOMES, "ended": "ENDED", "lost": "UNKNOWN"}
_PLACES = {QUEUED: "PENDING", FETCHED: "RECEIVED", RUNNING: "STARTED", AGAIN: "RETRY"}


def state_of(told: Told) -> str:
    """Celery's name for where a task is."""
    if told.place == UNACCOUNTED:
        return "UNKNOWN"
    return _STATES.get(told.outcome) or _PLACES.get(told.place, "UNKNOWN")


def layout(tasks: Sequence[Told], now: float) -> dict[str, Any]:
    """Rows, bars, links and ticks of these tasks; ``now`` ends the bars of what goes on."""
    letters = workflows(tasks)
    names = {told.id: _label(number, told, letters) for number, told in enumerate(tasks, 1)}
    bars = [bar for told in tasks for bar in _bars_of(told, names[told.id], now)]
    begin = min((bar["start"] for bar in bars), default=now)
    end = max((bar["end"] for bar in bars), default=now)
    scale = (WIDTH - LEFT - RIGHT) / max(end - begin, 0.001)
    for bar in bars:
        word = word_for(bar["state"])
        bar["sign"], bar["colour"] = word.sign, word.kind
        bar["letter"] = letters.get(bar["task"], "")
        bar["x"] = round(LEFT + (bar["start"] - begin) * scale, 1)
        least = SHORTEST if bar["kind"] == "running" else 1.0
        bar["width"] = round(max(least, (bar["end"] - bar["start"]) * scale), 1)
    rows, height = _stack(bars)
    return {
        "rows": rows,
        "bars": bars,
        "links": list(_links(tasks, bars)),
        "ticks": _ticks(end - begin, scale),
        "width": WIDTH,
        "height": height,
        "seconds": round(end - begin, 3),
    }


def _label(number: int, told: Told, letters: dict[str, str]) -> str:
    letter = letters.get(told.id)
    name = clean(told.name or "task", 40).rpartition(".")[2]
    return f"{number} {name}" + (f" ({letter})" if letter else "")


def _bars_of(told: Told, label: str, now: float) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(told.tries):
        last = number == len(told.tries) - 1
        row = _row_of(one)
        which = f"{label}, try {one.number + 1}" if len(told.tries) > 1 else label
        common = {"task": told.id, "label": label, "row": row, "number": number}
        waits = next((at for at in (one.sent, one.received) if at is not None), None)
        until = next((at for at in (one.started, one.ended) if at is not None), None)
        going_on = last and told.place in (QUEUED, FETCHED, AGAIN)
        if waits is not None and (until is not None or going_on):
            end = max(waits, now if until is None else until)
            held = one.due is not None and one.due > waits
            note = f", not to begin before {one.due - waits:.2f} s" if held and one.due else ""
            yield {
                **common,
                "kind": "waiting",
                "start": waits,
                "end": end,
                "state": "RETRY" if one.number and held else "PENDING",
                "detail": f"{which}: waited {end - waits:.2f} s{note}",
            }
        if one.started is not None:
            yield _running(told, one, which, common, last, now)
        elif one.outcome or waits is None:
            yield from _moment(told, one, which, common, last)


def _row_of(one: Try) -> str:
    if one.slot is None or not one.worker:
        return NOWHERE
    return f"{clean(one.worker, 60).partition('@')[0]} slot {one.slot + 1}"


def _running(
    told: Told, one: Try, which: str, common: dict[str, Any], last: bool, now: float
) -> dict[str, Any]:
    assert one.started is not None
    runs = last and told.place == RUNNING
    end = one.ended if one.ended is not None else now if runs else one.started
    state = _STATES.get(one.outcome, "STARTED" if runs else "UNKNOWN")
    word = word_for(state).word
    child = f", process {one.child}" if one.child else ""
    how = (
        "its end was not heard" if one.ended is None and not runs else f"{end - one.started:.2f} s"
    )
    said = f": {clean(one.text, 120)}" if one.text else ""
    by = ", as its result says" if one.by_result else ""
    return {
        **common,
        "kind": "running",
        "start": one.started,
        "end": max(end, one.started),
        "state": state,
        "detail": f"{which}: ran in {common['row']}{child}, {how}; {word}{by}{said}",
    }


def _moment(
    told: Told, one: Try, which: str, common: dict[str, Any], last: bool
) -> Iterator[dict[str, Any]]:
    """Something that is known to have happened, and not since when."""
    at = one.began if one.ended is None else one.ended
    if at is not None:
        state = _STATES.get(one.outcome) or (state_of(told) if last else "UNKNOWN")
        why = "; ".join(told.missing()) or told.reason or "it never ran"
        yield {
            **common,
            "kind": "moment",
            "start": at,
            "end": at,
            "state": state,
            "detail": f"{which}: {word_for(state).word}; {why}",
        }


def _stack(bars: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Rows by name, the slotless last; waiting bars in the first lane that is free."""
    names = sorted({bar["row"] for bar in bars}, key=lambda name: (name == NOWHERE, name))
    rows, y = [], TOP
    for name in names:
        mine = sorted((bar for bar in bars if bar["row"] == name), key=lambda bar: bar["start"])
        ends = [0.0] * LANES
        used = 0
        for bar in mine:
            if bar["kind"] == "waiting":
                lane = next((n for n, end in enumerate(ends) if end <= bar["start"]), LANES - 1)
                ends[lane] = bar["end"]
                bar["lane"], used = lane, max(used, lane + 1)
        for bar in mine:
            if bar["kind"] == "waiting":
                bar["y"], bar["height"] = y + bar["lane"] * (WAIT + 1), WAIT
            else:
                bar["y"], bar["height"] = y + used * (WAIT + 1), RUN
        height = used * (WAIT + 1) + RUN
        rows.append({"label": name, "y": y, "height": height})
        y += height + GAP
    return rows, y + 4


def _links(tasks: Sequence[Told], bars: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A try to the next one, and a task to the one that came of it."""
    solid = {
        (bar["task"], bar["number"]): bar for bar in bars if bar["kind"] in ("running", "moment")
    }
    for told in tasks:
        mine = [solid.get((told.id, number)) for number in range(len(told.tries))]
        for before, after in pairwise(mine):
            if before and after:
                yield _link(before, after, "retry")
        senders = [bar for (key, _), bar in solid.items() if key == told.parent != told.id]
        if senders and mine[0]:
            yield _link(max(senders, key=lambda bar: float(bar["end"])), mine[0], "next")


def _link(before: dict[str, Any], after: dict[str, Any], kind: str) -> dict[str, Any]:
    x1, y1 = before["x"] + before["width"], before["y"] + before["height"] / 2
    x2, y2 = after["x"], after["y"] + after["height"] / 2
    dip = RUN / 2 + 3 if y1 == y2 else 0  # on one row it goes below what ran in between
    bend = (x1 + x2) / 2
    path = (
        f"M{x1:.1f} {y1:.1f}C{bend:.1f} {y1 + dip:.1f} {bend:.1f} {y2 + dip:.1f} {x2:.1f} {y2:.1f}"
    )
    return {"kind": kind, "path": path}


def _ticks(seconds: float, scale: float) -> list[dict[str, Any]]:
    steps = (m * 10.0**e for e in range(-3, 6) for m in (1, 2, 5))
    step = next(step for step in steps if step * scale >= 90 or step > seconds)
    count = int(seconds / step) + 1
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2 if step >= 0.01 else 3
    return [
        {"x": round(LEFT + number * step * scale, 1), "label": f"{number * step:.{digits}f} s"}
        for number in range(min(count, 40))
        if LEFT + number * step * scale < WIDTH - RIGHT - 24
    ]
