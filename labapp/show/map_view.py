"""What the map of a lab shows beside its dots, as plain data: parts, counts, what a part holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labapp.display import clean
from labapp.live.history import History
from labapp.live.queues import QueueDepth
from labapp.live.told import AGAIN, ENDED, FETCHED, QUEUED, RUNNING, UNACCOUNTED, Told
from labapp.show.panel_view import PartLike, sign_of
from labapp.show.timeline_layout import state_of
from labapp.show.words import count_words, word_for

DOWN = frozenset({"stopped", "failed", "killed"})
HELD_TASKS = 8


def counts_of(history: History) -> dict[str, int]:
    """How many tasks are in each place and ended in each way; exact at this moment."""
    places, outcomes = history.counts, history.outcomes
    return {
        "sent": history.total,
        "waiting": places[QUEUED] + places[FETCHED] + places[AGAIN],
        "running": places[RUNNING],
        "succeeded": outcomes["succeeded"],
        "failed": outcomes["failed"],
        "revoked": outcomes["revoked"] + outcomes["rejected"],
        "ended": places[ENDED],
        "unaccounted": places[UNACCOUNTED],
    }


def summary(counts: Mapping[str, int]) -> str:
    """The counts in one line; what there is none of is left out, but for the first three."""
    parts = [f"{counts[name]:,} {name}" for name in ("sent", "waiting", "running")]
    parts += [
        f"{counts[name]:,} {name}" for name in ("succeeded", "failed", "revoked") if counts[name]
    ]
    other = counts["ended"] - counts["succeeded"] - counts["failed"] - counts["revoked"]
    if other > 0:
        parts.append(f"{other:,} ended, how was not heard")
    if counts["unaccounted"]:
        parts.append(f"{counts['unaccounted']:,} of those sent unaccounted for")
    return " · ".join(parts)


def part_view(part: PartLike, busy: str, holds: str) -> dict[str, Any]:
    """A box: whether it is up, in a word and a sign, and what is in it."""
    sign, kind = sign_of(part, busy)
    return {
        "word": busy or part.state,
        "sign": sign,
        "kind": kind,
        "down": part.state in DOWN and not busy,
        "holds": holds,
    }


def rows_view(queues: Sequence[str], depths: Mapping[str, QueueDepth] | None) -> dict[str, Any]:
    """The rows of the broker: each queue with its depth, and what is unacknowledged.

    ``depths`` is None where they cannot be read; what was not read yet is 0.
    """
    if depths is None:
        waiting, unacked = dict.fromkeys(queues, "?"), "?"
    else:
        waiting = {name: f"{depths[name].waiting if name in depths else 0:,}" for name in queues}
        unacked = f"{max((depth.unacked for depth in depths.values()), default=0):,}"
    return {
        "queues": [{"name": _short(name), "depth": waiting[name]} for name in queues],
        "unacked": unacked,
    }


def results_words(history: History) -> list[dict[str, Any]]:
    """How many ended in which way, for the result store."""
    found = {
        "SUCCESS": history.outcomes["succeeded"],
        "FAILURE": history.outcomes["failed"],
        "REVOKED": history.outcomes["revoked"],
    }
    return [
        {"sign": word.sign, "word": word.word, "kind": word.kind, "count": f"{count:,}"}
        for word, count in count_words(found)
    ]


def _short(name: str, limit: int = 16) -> str:
    """A queue's name, as much of it as its row has room for."""
    text = clean(name)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def held_by(kind: str, node: str, tasks: Iterable[Told]) -> list[str]:
    """What a part holds now, in lines; the newest few of many."""
    if kind == "worker":
        held = [
            told for told in tasks if told.place in (RUNNING, FETCHED) and told.last.worker == node
        ]
    elif kind == "redis":
        held = [told for told in tasks if told.place in (QUEUED, FETCHED, AGAIN)]
    else:
        return []
    lines = [f"{clean(told.name or 'task', 60)} {told.id[:8]}: {_where(told)}" for told in held]
    rest = len(lines) - HELD_TASKS
    return lines[:HELD_TASKS] + ([f"and {rest:,} more"] if rest > 0 else [])


def _where(told: Told) -> str:
    word = word_for(state_of(told)).word
    if told.place == RUNNING and told.last.slot is not None:
        return f"{word} in slot {told.last.slot + 1}"
    if told.place == FETCHED:
        return f"fetched by {clean(told.last.worker, 40)}, not begun"
    return f"{word} in queue {clean(told.queue or '?', 40)}"
