"""Where everything stands on the map of a lab: boxes of parts, and the stations of tasks.

Pure functions; the page and the last picture draw the same. Sizes are pixels of a picture 860
wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

WIDTH = 860
MOST_QUEUES, MOST_WORKERS, MOST_SLOTS = 4, 4, 4
"""More than these are counted in the last of them."""
CODE, RESULTS, UNACKED = "code", "results", "unacked"
_ROW, _HEAD = 30, 42


class WorkerLike(Protocol):
    """A worker, as far as it takes room."""

    @property
    def name(self) -> str: ...
    @property
    def concurrency(self) -> int: ...


def stage(queues: Sequence[str], workers: Sequence[WorkerLike], web: bool) -> dict[str, Any]:
    """Boxes and stations of a lab with these queues and workers."""
    boxes: list[dict[str, Any]] = []
    stations: dict[str, dict[str, float]] = {}
    shown = workers[:MOST_WORKERS]
    slots = [min(worker.concurrency, MOST_SLOTS) for worker in shown]
    heights = [_HEAD + 8 + _ROW * count for count in slots]
    rows = min(len(queues), MOST_QUEUES)
    broker = _HEAD + 8 + _ROW * (rows + 1)
    height = max(sum(heights) + 12 * max(0, len(heights) - 1), broker, 220) + 24

    _box(boxes, CODE, "", "your code", 12, 16, 140, 76)
    stations[CODE] = _station(34, 74, 18, 6)
    if web:
        _box(boxes, "web", "web", "web", 12, 116, 140, 92)
        stations["web"] = _station(34, 190, 18, 6)

    top = (height - broker) / 2
    _box(boxes, "redis", "redis", "Redis: queues", 222, top, 190, broker)
    for number, name in enumerate(queues):
        y = top + _HEAD + _ROW * min(number, MOST_QUEUES - 1) + 20
        # The head of the queue is on the right, where workers take from.
        stations[f"queue:{name}"] = _station(396, y, -15, 8)
    stations[UNACKED] = _station(396, top + _HEAD + _ROW * rows + 20, -15, 8)

    y = (height - sum(heights) - 12 * max(0, len(heights) - 1)) / 2
    for worker, count, tall in zip(shown, slots, heights, strict=True):
        _box(boxes, worker.name, worker.name, worker.name, 482, y, 210, tall)
        for slot in range(count):
            stations[f"slot:{worker.name}:{slot}"] = _station(
                504, y + _HEAD + _ROW * slot + 16, 16, 4
            )
        y += tall + 12

    _box(boxes, RESULTS, "redis", "Redis: results", 734, (height - 170) / 2, 114, 170)
    stations[RESULTS] = _station(750, (height + 170) / 2 - 18, 15, 6)
    return {
        "width": WIDTH,
        "height": round(height),
        "boxes": boxes,
        "stations": stations,
        "queues": list(queues[:MOST_QUEUES]),
        "slots": {worker.name: count for worker, count in zip(shown, slots, strict=True)},
        "more": max(0, len(workers) - MOST_WORKERS),
        "ways": list(_ways(boxes)),
    }


def station_of(drawn: dict[str, Any], wanted: str) -> str:
    """The station itself, or the one that stands for it where there are too many."""
    stations = drawn["stations"]
    if wanted in stations:
        return wanted
    kind, _, rest = wanted.partition(":")
    if kind == "slot":
        worker = rest.rpartition(":")[0]
        last = drawn["slots"].get(worker)
        if last is None:
            last_worker = next(reversed(drawn["slots"]), "")
            return f"slot:{last_worker}:{drawn['slots'].get(last_worker, 1) - 1}"
        return f"slot:{worker}:{last - 1}"
    if kind == "queue":
        return next((name for name in stations if name.startswith("queue:")), UNACKED)
    return CODE


def _ways(boxes: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Lines from who sends to the broker, to each worker, and on to the results."""
    by_key = {box["key"]: box for box in boxes}
    broker, results = by_key["redis"], by_key[RESULTS]
    for box in boxes:
        if box["key"] in (CODE, "web"):
            yield _way(box, broker)
        elif box["key"] not in ("redis", RESULTS):
            yield _way(broker, box)
            yield _way(box, results)


def _way(start: dict[str, Any], end: dict[str, Any]) -> str:
    x1, y1 = start["x"] + start["width"], start["y"] + start["height"] / 2
    x2, y2 = end["x"], end["y"] + end["height"] / 2
    bend = (x1 + x2) / 2
    return f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"


def _box(
    boxes: list[dict[str, Any]],
    key: str,
    part: str,
    title: str,
    x: float,
    y: float,
    width: float,
    height: float,
) -> None:
    boxes.append(
        {"key": key, "part": part, "title": title, "x": x, "y": y, "width": width, "height": height}
    )


def _station(x: float, y: float, step: float, most: int) -> dict[str, float]:
    return {"x": x, "y": y, "step": step, "most": most}
