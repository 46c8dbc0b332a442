"""The last picture of a map: the parts as they were, the counts, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labapp.display import Html, clean, escape, image
from labapp.show.progress_picture import COLOURS

_BACK, _INK, _QUIET, _LINE, _BOX, _WAY = (
    "#ffffff",
    "#212121",
    "#616161",
    "#b5bac2",
    "#f4f5f7",
    "#e3e6ea",
)


def picture(model: Mapping[str, Any], notes: Sequence[str]) -> Html:
    """An image of the parts; below it what was not heard."""
    drawn = model["stage"]
    img = image(svg_of(model), in_words(model), width=drawn["width"], height=drawn["height"])
    return Html(img + "".join(f"<p>{escape(note)}</p>" for note in notes))


def in_words(model: Mapping[str, Any]) -> str:
    """What the picture says, for who does not see it."""
    boxes = [box for box in model["stage"]["boxes"] if box["part"]]
    parts = {box["part"]: model[f"part:{box['key']}"]["word"] for box in boxes}
    states = ", ".join(f"{name} {word}" for name, word in parts.items())
    return clean(f"Map of the lab. Parts: {states}. Tasks: {model['head']['summary']}.", 1000)


def svg_of(model: Mapping[str, Any]) -> str:
    """The drawing alone."""
    drawn = model["stage"]
    width, height = drawn["width"], drawn["height"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6" '
        f'fill="{_BACK}" stroke="{_LINE}"/>',
    ]
    ways = "".join(drawn["ways"])
    parts.append(f'<path d="{ways}" fill="none" stroke="{_WAY}" stroke-width="5"/>')
    parts += [_box(box, model.get(f"part:{box['key']}")) for box in drawn["boxes"]]
    parts += _rows(model)
    parts += _results(model)
    return "".join(parts) + "</svg>"


def _box(box: Mapping[str, Any], part: Mapping[str, Any] | None) -> str:
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    down = bool(part and part["down"])
    dash = ' stroke-dasharray="6 4"' if down else ""
    colour = COLOURS[part["kind"]] if part else _LINE
    state = f"{part['sign']} {part['word']}" if part else ""
    holds = escape(part["holds"], 40) if part else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{_BOX}" '
        f'stroke="{colour}" stroke-width="1.5"{dash}/>'
        f'<text x="{x + 10}" y="{y + 18}" fill="{_INK}" font-weight="600">'
        f"{escape(box['title'], 30)}</text>"
        f'<text x="{x + 10}" y="{y + 34}" fill="{_QUIET}">{escape(state, 30)}'
        f"{' · ' if holds and state else ''}{holds}</text>"
    )


def _rows(model: Mapping[str, Any]) -> list[str]:
    drawn, rows = model["stage"], model["rows"]
    box = next(box for box in drawn["boxes"] if box["key"] == "redis")
    lines = [(row["name"], row["depth"]) for row in rows["queues"]] + [("unacked", rows["unacked"])]
    return [
        f'<text x="{box["x"] + 10}" y="{box["y"] + 42 + 30 * number + 20}" fill="{_INK}">'
        f"{escape(name, 24)}: {escape(count)}</text>"
        for number, (name, count) in enumerate(lines)
    ]


def _results(model: Mapping[str, Any]) -> list[str]:
    box = next(box for box in model["stage"]["boxes"] if box["key"] == "results")
    return [
        f'<text x="{box["x"] + 10}" y="{box["y"] + 58 + 20 * number}" fill="{_INK}">'
        f"{escape(row['sign'])} {escape(row['count'])} {escape(row['word'])}</text>"
        for number, row in enumerate(model["results"])
    ]
