"""The last picture of watched tasks: what a stored notebook keeps.

It says nothing that differs between two runs of the same cells: no ids, no times.
"""

from __future__ import annotations

from collections.abc import Mapping

from labapp.display import Html, escape, image, table
from labapp.live import TaskState
from labapp.show.progress_view import (
    ROWS,
    Moment,
    plain_line,
    steps_of,
    text_of,
)
from labapp.show.tally import percent_of
from labapp.show.words import count_words, picture_of, word_for

# Between the light and the dark theme: an image cannot follow either.
COLOURS = {
    "success": "#3a9b5c",
    "failure": "#d0524d",
    "revoked": "#8a8f98",
    "retry": "#c98a1b",
    "running": "#3b82c4",
    "unknown": "#a06ac0",
    "waiting": "#9aa0a8",
}
WIDTH, HEIGHT = 240, 10
ONE_LINE = 24


def picture(moment: Moment, labels: Mapping[str, str] | None = None) -> Html:
    """A bar and a table: one row for each task, or counts by state and what went wrong.

    ``labels`` by id take the place of those that were shown live.
    """
    labels = moment.tally.labels if labels is None else labels
    if len(moment.tally.states) > ROWS:
        return _many(moment, labels)
    rows = [
        (_label(labels[state.id]), _state(state), _bar_of_one(state), text_of(state))
        for state in moment.states
    ]
    return table(
        ("task", "state", "progress", "result"),
        rows,
        caption=plain_line(moment.tally.total),
        note=moment.stopped,
    )


def _many(moment: Moment, labels: Mapping[str, str]) -> Html:
    total = moment.tally.total
    counts = count_words(moment.tally.counts)
    trouble = [state for state in moment.states if state.state != "SUCCESS"]
    overview = table(
        ("state", "tasks", "share"),
        [
            (
                picture_of(word.sign, word.word),
                f"{count:,}",
                _bar(count / total, word.kind),
            )
            for word, count in counts
        ],
        caption=f"{plain_line(total)}: {moment.tally.done:,} done",
        note=moment.stopped,
    )
    if not trouble:
        return overview
    rest = len(trouble) - ROWS
    details = table(
        ("task", "state", "what it said"),
        [(_label(labels[state.id]), _state(state), text_of(state)) for state in trouble[:ROWS]],
        note=f"and {rest:,} more" if rest > 0 else "",
    )
    return Html(overview + details)


def _label(label: str) -> Html:
    """A short name keeps its number on its line."""
    spaced = escape(label)
    return Html(spaced if len(label) > ONE_LINE else spaced.replace(" ", "&nbsp;"))


def _state(state: TaskState) -> Html:
    word = word_for(state.state)
    return picture_of(word.sign, word.word)


def _bar_of_one(state: TaskState) -> Html | str:
    if not state.ready and state.percent is None:
        return steps_of(state)
    word = word_for(state.state)
    # A bar that ended early is full in its own colour, and calls itself by its word, not 100 %.
    alt = word.word if state.ready and state.state != "SUCCESS" else ""
    return _bar(percent_of(state) / 100, word.kind, alt)


def _bar(share: float, kind: str, alt: str = "") -> Html:
    filled = round(WIDTH * share)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="3" fill="#8a8f98" fill-opacity="0.25"/>'
        f'<rect width="{filled}" height="{HEIGHT}" rx="3" fill="{COLOURS[kind]}"/></svg>'
    )
    return image(svg, alt or f"{share:.0%}", width=WIDTH, height=HEIGHT)
