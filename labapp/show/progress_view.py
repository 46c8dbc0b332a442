"""What a progress display shows, as plain data: pure functions from states to texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labapp.display import clean
from labapp.live import Link, TaskState
from labapp.live.state import UNKNOWN
from labapp.show.words import count_words, word_for

ROWS = 20
"""Up to so many tasks have a row each."""
FEW = 8
"""Of more tasks than that, the rows of these few: who runs longest, who failed, who is next."""
LABEL_LIMIT = 60
TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Moment:
    """All that is known of the tasks watched, at one moment.

    ``began`` and ``took`` are in seconds (epoch, and duration) by task id, as far as seen.
    """

    states: Sequence[TaskState]
    labels: Sequence[str]
    link: Link = field(default_factory=Link)
    began: Mapping[str, float] = field(default_factory=dict)
    took: Mapping[str, float] = field(default_factory=dict)
    stopped: str = ""

    @property
    def done(self) -> int:
        return sum(state.ready for state in self.states)

    @property
    def percent(self) -> float:
        """0 to 100 over all tasks; a running one counts as far as it says it is."""
        if not self.states:
            return 100.0
        return sum(map(percent_of, self.states)) / len(self.states)


def percent_of(state: TaskState) -> float:
    """0 to 100; a task that has ended is over, however it ended."""
    return 100.0 if state.ready else state.percent or 0.0


def _number(state: TaskState) -> str:
    """The figure beside the bar; none for a task that did not reach its end, or never said."""
    if state.state == "SUCCESS":
        return "100 %"
    return "" if state.ready or state.percent is None else f"{state.percent:.0f} %"


def plain_line(count: int) -> str:
    """The constant line of text/plain."""
    return f"Progress of {count:,} task{'' if count == 1 else 's'}"


def view_of(moment: Moment) -> dict[str, Any]:
    """The model of the widget: ``head`` and a few rows, each under a key of its own."""
    if len(moment.states) == 1:
        return {"head": _head_of_one(moment), "order": [], "more": ""}
    chosen = _chosen(moment)
    rows = {f"row:{place}": _row(moment, place) for place in chosen}
    rest = len(moment.states) - len(chosen)
    return {
        "head": _head_of_many(moment),
        "order": [f"row:{place}" for place in chosen],
        "more": f"and {rest:,} more" if rest else "",
        **rows,
    }


def text_of(state: TaskState, limit: int = TEXT_LIMIT) -> str:
    """The line under a task: its result, its exception's words, or how far it says it is."""
    if state.text:
        return clean(state.text, limit)
    steps = steps_of(state)
    if steps and state.message.startswith(steps):
        return clean(state.message, limit)
    return clean(" · ".join(part for part in (steps, state.message) if part), limit)


def steps_of(state: TaskState) -> str:
    """``3 of 12``, or nothing where the task has not said."""
    if state.current is None or state.ready:
        return ""
    if state.total is None:
        return f"{state.current:,g}"
    return f"{state.current:,g} of {state.total:,g}"


def _head_of_one(moment: Moment) -> dict[str, Any]:
    state, label = moment.states[0], clean(moment.labels[0], LABEL_LIMIT)
    word = word_for(state.state)
    percent = percent_of(state)
    return {
        "label": label,
        "id": clean(state.id[:8]),
        "state": {"sign": word.sign, "word": word.word, "kind": word.kind},
        "percent": round(percent),
        "number": _number(state),
        "valuetext": ", ".join(filter(None, (word.word, steps_of(state)))),
        "text": _line(state),
        "counts": [],
        "notice": _notice(moment),
        **_times(moment, state.id),
    }


def _head_of_many(moment: Moment) -> dict[str, Any]:
    counts = count_words(moment.states)
    total = len(moment.states)
    summary = f"{moment.done:,} of {total:,} done"
    failed = sum(count for word, count in counts if word.kind == "failure")
    return {
        "label": f"{total:,} tasks",
        "id": "",
        "state": None,
        "percent": int(moment.percent),
        "number": f"{int(moment.percent)} %",
        "valuetext": summary + (f", {failed:,} failed" if failed else ""),
        "text": summary,
        "counts": [
            {"sign": word.sign, "word": word.word, "kind": word.kind, "count": count}
            for word, count in counts
        ],
        "notice": _notice(moment),
        **_times(moment, ""),
    }


def _row(moment: Moment, place: int) -> dict[str, Any]:
    state = moment.states[place]
    word = word_for(state.state)
    return {
        "label": clean(moment.labels[place], LABEL_LIMIT),
        "sign": word.sign,
        "word": word.word,
        "kind": word.kind,
        "number": _number(state),
        "text": _line(state),
        **_times(moment, state.id),
    }


def _line(state: TaskState) -> str:
    """Why a task is unknown is said once for all of them, in the notice."""
    return "" if state.state == UNKNOWN else text_of(state)


def _times(moment: Moment, key: str) -> dict[str, Any]:
    return {"began": moment.began.get(key), "took": moment.took.get(key)}


def _chosen(moment: Moment) -> list[int]:
    """Which tasks get a row, in their own order: running ones first, the longest running of them,
    then what went wrong, then who waits."""

    def urgency(place: int) -> tuple[int, float, int]:
        state = moment.states[place]
        return word_for(state.state).rank, moment.began.get(state.id, float("inf")), place

    everyone = range(len(moment.states))
    if len(moment.states) <= ROWS:
        return list(everyone)
    return sorted(everyone, key=urgency)[:FEW]


def _notice(moment: Moment) -> str:
    """What everybody should know, in a sentence: how the states arrive, or why some are lost."""
    if moment.link.state == "unreachable":
        return (
            f"{clean(moment.link.reason)} What is shown is the last that was heard; "
            "it goes on by itself."
        )
    lost = next((state.message for state in moment.states if state.state == UNKNOWN), "")
    if lost:
        return clean(lost)
    if moment.link.state == "polling":
        return "This result store cannot push, so it is asked four times a second."
    return ""


def names(states: Sequence[TaskState], labels: Sequence[str], at_most: int = 3) -> str:
    """``resize 2 (running, 40 %), resize 7 (waiting) and 3 more``"""
    named = [
        f"{clean(label, LABEL_LIMIT)} ({_short(state)})"
        for state, label in list(zip(states, labels, strict=True))[:at_most]
    ]
    rest = len(states) - len(named)
    return ", ".join(named) + (f" and {rest:,} more" if rest else "")


def _short(state: TaskState) -> str:
    word = word_for(state.state).word
    return word if state.percent is None else f"{word}, {state.percent:.0f} %"
