"""What a progress display shows, as plain data: pure functions from states to texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labapp.display import clean
from labapp.live import Link, QueueDepth, TaskState
from labapp.live.state import UNKNOWN
from labapp.show.tally import Tally, percent_of
from labapp.show.words import count_words, word_for

ROWS = 20
"""Up to so many tasks have a row each."""
FEW = 8
"""Of more tasks than that, the rows of these few: who runs longest, who failed, who is next."""
LABEL_LIMIT = 60
TEXT_LIMIT = 300
_TOLD_WHEN = frozenset({"PENDING", "RECEIVED", "RETRY"})


@dataclass(frozen=True, slots=True)
class Moment:
    """All that is known of what is watched, at one moment, and what is said about it."""

    tally: Tally
    link: Link = field(default_factory=Link)
    stopped: str = ""
    kind: str = ""
    switches: Mapping[str, Any] = field(default_factory=dict)
    depths: Mapping[str, QueueDepth] = field(default_factory=dict)

    @property
    def nobody_works(self) -> bool:
        """Whether tasks wait, and no worker has been heard from for seconds."""
        return self.link.events == "silent" and self.tally.waiting > 0

    @classmethod
    def of(cls, states: Sequence[TaskState], labels: Sequence[str], **known: Any) -> Moment:
        """From bare states, as a picture of nothing alive."""
        times = {name: known.pop(name) for name in ("began", "took", "sizes") if name in known}
        return cls(Tally(states, labels, **times), **known)

    @property
    def states(self) -> list[TaskState]:
        return list(self.tally.states.values())


def plain_line(count: int) -> str:
    """The constant line of text/plain."""
    return f"Progress of {count:,} task{'' if count == 1 else 's'}"


def view_of(moment: Moment) -> dict[str, Any]:
    """The model of the widget: ``head`` and a few rows, each under a key of its own."""
    tally = moment.tally
    common = {"switches": dict(moment.switches), "source": _source(moment)}
    if len(tally.states) == 1:
        return {"head": _head_of_one(moment), "order": [], "more": "", **common}
    chosen = list(tally.states) if len(tally.states) <= ROWS else tally.urgent(FEW)
    rows = {f"row:{tally.places[key]}": _row(moment, key) for key in chosen}
    rest = len(tally.states) - len(chosen)
    return {
        "head": _head_of_many(moment),
        "order": list(rows),
        "more": f"and {rest:,} more" if rest else "",
        **common,
        **rows,
    }


def text_of(state: TaskState, limit: int = TEXT_LIMIT) -> str:
    """The line under a task: its result, its exception's words, or how far it says it is."""
    if state.text:
        return _cut(state.text, state.length, limit)
    steps = steps_of(state)
    if not steps or state.message.startswith(steps):
        return _cut(state.message, state.length, limit)
    return clean(" · ".join(part for part in (steps, state.message) if part), limit)


def _cut(text: str, length: int, limit: int) -> str:
    """Cut with a note that is true of the whole, of which ``text`` may be the beginning alone."""
    if not length:
        return clean(text, limit)
    note = f"{length:,} characters in all" if length > 0 else "cut"
    return f"{clean(text[:limit], limit)}… ({note})"


def steps_of(state: TaskState) -> str:
    """``3 of 12``, or nothing where the task has not said."""
    if state.current is None or state.ready:
        return ""
    if state.total is None:
        return f"{state.current:,g}"
    return f"{state.current:,g} of {state.total:,g}"


def number_of(state: TaskState) -> str:
    """The figure beside the bar; none for a task that did not reach its end, or never said."""
    if state.state == "SUCCESS":
        return "100 %"
    return "" if state.ready or state.percent is None else f"{state.percent:.0f} %"


def _head_of_one(moment: Moment) -> dict[str, Any]:
    ((key, state),) = moment.tally.states.items()
    word = word_for(state.state)
    return {
        "label": clean(moment.tally.labels[key], LABEL_LIMIT),
        "id": clean(state.id[:8]),
        "state": {"sign": word.sign, "word": word.word, "kind": word.kind},
        "percent": round(percent_of(state)),
        "number": number_of(state),
        "valuetext": ", ".join(filter(None, (word.word, steps_of(state)))),
        "text": _line(state),
        "counts": [],
        "notice": _notice(moment),
        **_times(moment, key),
    }


def _head_of_many(moment: Moment) -> dict[str, Any]:
    tally = moment.tally
    counts = count_words(tally.counts)
    summary = f"{tally.done:,} of {tally.total:,} done"
    failed = sum(count for word, count in counts if word.kind == "failure")
    kind = f"{moment.kind} of " if moment.kind else ""
    return {
        "label": f"{kind}{tally.total:,} tasks",
        "id": "",
        "state": None,
        "percent": int(tally.percent),
        "number": f"{int(tally.percent)} %",
        "valuetext": summary + (f", {failed:,} failed" if failed else ""),
        "text": summary,
        "counts": [
            {"sign": word.sign, "word": word.word, "kind": word.kind, "count": count}
            for word, count in counts
        ],
        "notice": _notice(moment),
        **_times(moment, ""),
    }


def _row(moment: Moment, key: str) -> dict[str, Any]:
    state = moment.tally.states[key]
    word = word_for(state.state)
    return {
        "label": clean(moment.tally.labels[key], LABEL_LIMIT),
        "sign": word.sign,
        "word": word.word,
        "kind": word.kind,
        "number": number_of(state),
        "text": _line(state),
        **_times(moment, key),
    }


def _line(state: TaskState) -> str:
    """Why a task is unknown is said once for all of them, in the notice."""
    return "" if state.state == UNKNOWN else text_of(state)


def _times(moment: Moment, key: str) -> dict[str, Any]:
    """Unix seconds and durations; the page counts from them by itself.

    ``ends`` is when it will end if it goes on so; ``due`` when it starts, or is tried again.
    """
    tally = moment.tally
    state = tally.states.get(key)
    told = state is not None and state.state in _TOLD_WHEN
    return {
        "began": tally.began.get(key),
        "took": tally.took.get(key),
        "ends": tally.end_of(key),
        "due": state.due if told and state else None,
        "again": state is not None and state.state == "RETRY",
    }


def _source(moment: Moment) -> str:
    """Where the states come from, if not from results and events both."""
    if moment.link.events == "unavailable":
        return "This broker's events cannot be heard, so results alone are shown."
    if moment.link.events == "off" and moment.link.state in ("live", "polling"):
        return "Results alone are shown; watch(..., events=True) asks the workers for more."
    return ""


def _notice(moment: Moment) -> str:
    """What everybody should know, in a sentence: how the states arrive, or why some are lost."""
    if moment.link.state == "unreachable":
        return (
            f"{clean(moment.link.reason)} What is shown is the last that was heard; "
            "it goes on by itself."
        )
    if moment.tally.counts[UNKNOWN]:
        lost = (state.message for state in moment.tally.states.values() if state.state == UNKNOWN)
        return clean(next(lost, ""))
    if moment.nobody_works:
        return " ".join(
            [
                "No worker has been heard from for some seconds. Is one running?",
                *(
                    f"Messages that wait in queue {clean(name, 40)}: {depth.waiting:,}."
                    for name, depth in moment.depths.items()
                ),
            ]
        )
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
