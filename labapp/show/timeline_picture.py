"""The picture of a timeline, its table, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labapp.display import Html, clean, escape, image, table
from labapp.live.told import Told
from labapp.show.progress_picture import COLOURS
from labapp.show.timeline_layout import LEFT, state_of
from labapp.show.words import picture_of, word_for

LONGEST_ALT = 20
# A card of its own: an image cannot follow the theme of the page.
_BACK, _INK, _QUIET, _LINE = "#ffffff", "#212121", "#616161", "#d0d4da"
_ROW = "#f4f5f7"


def picture(tasks: Sequence[Told], drawn: Mapping[str, Any], notes: Sequence[str]) -> Html:
    """An image, and below it each task in a row of a table that folds away."""
    img = image(svg_of(drawn), in_words(tasks, drawn), width=drawn["width"], height=drawn["height"])
    rows = [
        (
            label,
            picture_of(word_for(state_of(told)).sign, word_for(state_of(told)).word),
            len(told.tries) + told.left_out,
            _seconds(bars, "waiting"),
            _seconds(bars, "running"),
            ", ".join(dict.fromkeys(bar["row"] for bar in bars)),
            "; ".join(told.missing()),
        )
        for told, label, bars in _by_task(tasks, drawn)
    ]
    columns = ("task", "state", "tries", "waited", "ran", "where", "what was not heard")
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    below = table(columns, rows, caption=f"Timeline of {_tasks(len(tasks))}")
    return Html(f"{img}{said}<details><summary>The same as a table</summary>{below}</details>")


def in_words(tasks: Sequence[Told], drawn: Mapping[str, Any]) -> str:
    """What the picture shows, for who does not see it."""
    slots = sum(" slot " in row["label"] for row in drawn["rows"])
    where = f"{slots} slot{'s' * (slots != 1)}"
    head = f"Timeline of {_tasks(len(tasks))} in {where} over {drawn['seconds']:.2f} seconds."
    lines = [
        f"{label}: {word_for(state_of(told)).word}, {len(told.tries)} tries"
        if len(told.tries) > 1
        else f"{label}: {word_for(state_of(told)).word}"
        for told, label, _ in _by_task(tasks[:LONGEST_ALT], drawn)
    ]
    rest = len(tasks) - LONGEST_ALT
    more = [f"and {rest} more"] if rest > 0 else []
    return clean(" ".join([head, "; ".join(lines), *more]), 1500)


def svg_of(drawn: Mapping[str, Any]) -> str:
    """The drawing alone."""
    width, height = drawn["width"], drawn["height"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="11">',
        f"<defs>{_hatch('wait', '#8a8f98')}{_hatch('again', COLOURS['retry'])}</defs>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6" '
        f'fill="{_BACK}" stroke="{_LINE}"/>',
    ]
    for tick in drawn["ticks"]:
        parts.append(
            f'<path d="M{tick["x"]} 20V{height - 4}" stroke="{_LINE}"/>'
            f'<text x="{tick["x"] + 3}" y="16" fill="{_QUIET}">{escape(tick["label"])}</text>'
        )
    for row in drawn["rows"]:
        parts.append(
            f'<rect x="{LEFT}" y="{row["y"]}" width="{width - LEFT - 8}" '
            f'height="{row["height"]}" fill="{_ROW}" fill-opacity="0.6"/>'
            f'<text x="10" y="{row["y"] + row["height"] - 5}" fill="{_INK}">'
            f"{escape(row['label'], 20)}</text>"
        )
    parts += [_line(link) for link in drawn["links"]]
    parts += [_bar(bar) for bar in drawn["bars"]]
    return "".join(parts) + "</svg>"


def _bar(bar: Mapping[str, Any]) -> str:
    x, y, width, height = bar["x"], bar["y"], bar["width"], bar["height"]
    sign, colour = bar["sign"], COLOURS[bar["colour"]]
    if bar["kind"] == "waiting":
        fill = "again" if bar["state"] == "RETRY" else "wait"
        return (
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" '
            f'fill="url(#{fill})" stroke="{_QUIET}" stroke-width="0.6"/>'
        )
    middle = y + height / 2 + 4
    if bar["kind"] == "moment":
        text = escape(f"{sign} {bar['label']}", 40)
        return f'<text x="{x}" y="{middle}" fill="{_INK}">{text}</text>'
    dash = ' stroke-dasharray="3 2"' if bar["colour"] in ("running", "unknown") else ""
    text = f"{sign} {bar['label']}"
    inside = width > 7 * len(text) or width > 60
    room = max(1, int((width - 8) / 6.4)) if inside else 1
    label = text if len(text) <= room else text[: max(1, room - 1)] + "…"
    shown = label if inside else sign if width > 12 else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="{_BACK}"/>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="{colour}" '
        f'fill-opacity="0.35" stroke="{colour}" stroke-width="1.5"{dash}/>'
        f'<text x="{x + 4}" y="{middle}" fill="{_INK}">{escape(shown)}</text>'
    )


def _line(link: Mapping[str, Any]) -> str:
    dash = ' stroke-dasharray="2 3"' if link["kind"] == "retry" else ""
    colour = COLOURS["retry"] if link["kind"] == "retry" else _QUIET
    return f'<path d="{link["path"]}" fill="none" stroke="{colour}" stroke-width="1.2"{dash}/>'


def _hatch(name: str, colour: str) -> str:
    return (
        f'<pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="{_BACK}"/>'
        f'<path d="M0 0V5" stroke="{colour}" stroke-width="3"/></pattern>'
    )


def _by_task(
    tasks: Sequence[Told], drawn: Mapping[str, Any]
) -> list[tuple[Told, str, list[dict[str, Any]]]]:
    bars = {told.id: [bar for bar in drawn["bars"] if bar["task"] == told.id] for told in tasks}
    return [
        (told, bars[told.id][0]["label"] if bars[told.id] else clean(told.name, 40), bars[told.id])
        for told in tasks
    ]


def _seconds(bars: Sequence[Mapping[str, Any]], kind: str) -> str:
    found = [bar["end"] - bar["start"] for bar in bars if bar["kind"] == kind]
    return f"{sum(found):.2f} s" if found else ""


def _tasks(count: int) -> str:
    return f"{count:,} task{'' if count == 1 else 's'}"
