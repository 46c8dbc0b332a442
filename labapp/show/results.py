"""What watch() takes: Celery's results, however they are nested, and what they say at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from celery.result import EagerResult, GroupResult, ResultBase

from labapp.display import clean
from labapp.live import Feed, TaskState, feed_for
from labapp.live.state import IGNORED, read_state

UNNAMED = "task"
LONGEST_CHAIN = 1_000


@dataclass
class Plan:
    """What is watched, in order: single tasks, and headers of chords that are only counted.

    ``parts`` are the ids of a header's tasks; ``chains`` are keys in the order in which they run.
    """

    states: dict[str, TaskState] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    apps: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    chains: list[list[str]] = field(default_factory=list)
    kind: str = ""
    _known: dict[tuple[int, int], Feed] = field(default_factory=dict)

    def feed_of(self, result: Any) -> Feed:
        """Looked up once for each app and store, however many results there are."""
        key = id(result.app), id(result.backend)
        if key not in self._known:
            self._known[key] = feed_for(result.app, result.backend)
        return self._known[key]

    @property
    def sizes(self) -> dict[str, int]:
        return {key: len(ids) for key, ids in self.parts.items()}

    @property
    def total(self) -> int:
        """How many tasks, the parts of chords included."""
        return len(self.states) - len(self.parts) + sum(self.sizes.values())


def plan_of(x: Any) -> Plan:
    """Everything that is to be watched in x; TypeError where it is no result."""
    plan = Plan()
    keys = _take(plan, x)
    if isinstance(x, GroupResult):
        plan.kind = "group"
    elif isinstance(x, ResultBase) and len(keys) > 1:
        plan.kind = "chord" if keys[0] in plan.parts and len(keys) == 2 else "chain"
    if plan.kind == "chord":
        plan.labels[keys[1]] = "body"
    elif len(plan.labels) > 1:
        for number, (key, label) in enumerate(plan.labels.items(), 1):
            plan.labels[key] = label if key in plan.parts else f"{label} {number}"
    return plan


def _take(plan: Plan, x: Any) -> list[str]:
    """Take in x with what it comes after; the keys of its own chain come back."""
    parts = getattr(x, "results", None)
    if isinstance(x, ResultBase):
        before = [key for link in _parents(x) for key in _take_link(plan, link)]
        if parts is None:
            own = [_take_task(plan, x)]
            if before:
                plan.chains.append(before + own)
            return before + own
        for part in parts:
            own = _take(plan, part)
            if before:
                plan.chains.append(before + own)
        return before
    if isinstance(x, str | bytes) or not hasattr(x, "__iter__"):
        raise TypeError(
            f"watch() shows an AsyncResult or a list of them, not {type(x).__name__}. "
            "For a task id: watch(AsyncResult(task_id, app=app))."
        )
    for part in x:
        _take(plan, part)
    return []


def _parents(result: Any) -> Iterator[Any]:
    """What runs before it, first things first."""
    parents: list[Any] = []
    node = getattr(result, "parent", None)
    while node is not None and len(parents) < LONGEST_CHAIN:
        parents.append(node)
        node = getattr(node, "parent", None)
    yield from reversed(parents)


def _take_link(plan: Plan, link: Any) -> list[str]:
    """One link of a chain: a task, or the header of a chord, counted where its store counts."""
    if getattr(link, "results", None) is None:
        return [_take_task(plan, link)]
    ids = [task.id for task in _singles(link)]
    if not ids:
        return []
    feed = plan.feed_of(link)
    if not feed.counts_chords:
        for task in _singles(link):
            _take_task(plan, task)
        return []
    plan.states.setdefault(link.id, TaskState(link.id))
    plan.labels.setdefault(link.id, f"{len(ids):,} in parallel")
    plan.apps[link.id], plan.feeds[link.id], plan.parts[link.id] = link.app, feed, ids
    return [link.id]


def _singles(x: Any) -> Iterator[Any]:
    parts = getattr(x, "results", None)
    if parts is None:
        yield x
    for part in parts or ():
        yield from _singles(part)


def _take_task(plan: Plan, result: Any) -> str:
    key: str = result.id
    if key not in plan.states:
        plan.states[key] = state = _first_state(result)
        plan.labels[key] = clean(getattr(result, "task_name", "") or UNNAMED, 60)
        plan.apps[key] = result.app
        if not state.ready:
            plan.feeds[key] = plan.feed_of(result)
    return key


def _first_state(result: Any) -> TaskState:
    """What is known of a task before its store is asked."""
    if isinstance(result, EagerResult):
        record = {"status": result.state, "result": result.result}
        return read_state(result.id, record, None)
    if getattr(result, "ignored", False):
        return TaskState(result.id, IGNORED, message="Its result is ignored: nothing is stored.")
    return TaskState(result.id)
