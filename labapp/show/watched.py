"""The tasks of one watch, kept up to date by the feed, each seen in the light of the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from labapp.display import clean
from labapp.live import Feed, Following, Link, QueueDepth, TaskState, event_channel
from labapp.show.chains import settled
from labapp.show.results import UNNAMED, Plan
from labapp.show.tally import Tally

FIRST_LOOK = 0.2
LOST_FOR = 10.0
LATE = 1.0
"""Seconds after which a link of a chain is not waited for once the last of the chain has ended."""


class Watched:
    """Follows what a plan names. ``tally`` is to be read under ``lock``."""

    def __init__(self, plan: Plan, events: bool) -> None:
        self.lock = threading.RLock()
        self.tally = Tally(
            plan.states.values(), plan.labels.values(), sizes=plan.sizes, began={"": time.time()}
        )
        self.lasting = dict(plan.labels)
        """Labels that are the same in each run: not those that only an event in time has told."""
        self.over = threading.Event()
        self.followings: list[Following] = []
        self._queues: dict[Following, tuple[str, ...]] = {}
        self._raw = dict(plan.states)
        self._headers = frozenset(plan.parts)
        self._chains = plan.chains
        self._chains_of = _chains_of(plan)
        self._late: set[int] = set()
        self._lost_since: float | None = None
        self._changed: Callable[[], None] | None = None
        self._follow(plan, events)

    def tell(self, changed: Callable[[], None]) -> None:
        """Call this after changes from now on, on whichever thread; and once at the start."""
        self._changed = changed
        self._note()

    @property
    def link(self) -> Link:
        """How the states arrive; the worst of them if they come from several stores."""
        links = [following.link for following in self.followings]
        worst = next((link for link in links if link.state == "unreachable"), None)
        return worst or (links[0] if links else Link())

    @property
    def hopeless(self) -> bool:
        """Whether all that is left has been unknown to Redis for ten seconds."""
        since = self._lost_since
        return since is not None and time.monotonic() - since > LOST_FOR

    def ended(self, task_id: str) -> bool | None:
        """Whether this task is known to have ended; None if it is not watched."""
        state = self._raw.get(task_id)
        return None if state is None else state.ready

    def is_at(self, address: str) -> bool:
        """Whether results of these tasks are at this address."""
        return any(following.address == address for following in self.followings)

    def look_at_queues(self, looks: bool) -> dict[str, QueueDepth]:
        """How long the queues are that tasks go to by default; asked for while somebody looks."""
        depths: dict[str, QueueDepth] = {}
        for following in self.followings:
            queues = self._queues.get(following, ())
            following.look_at_queues(queues if looks else ())
            depths.update(following.depths)
        return depths

    def close(self) -> None:
        """Follow no longer."""
        for following in self.followings:
            following.close()

    def _follow(self, plan: Plan, events: bool) -> None:
        # The results themselves are not kept: each holds a subscription of its own.
        by_feed: dict[Feed, list[str]] = {}
        for key, feed in plan.feeds.items():
            by_feed.setdefault(feed, []).append(key)
        for feed, keys in by_feed.items():
            app = plan.apps[keys[0]]
            following = feed.follow(
                [key for key in keys if key not in plan.sizes],
                self._hear,
                events=event_channel(app, events),
                chords={key: plan.sizes[key] for key in keys if key in plan.sizes},
            )
            self.followings.append(following)
            self._queues[following] = (app.conf.task_default_queue,)
        until = time.monotonic() + FIRST_LOOK
        for following in self.followings:
            following.wait_known(until - time.monotonic())
            self._take(following)

    def _hear(self, following: Following) -> None:
        self._take(following)
        self._note()

    def _take(self, following: Following) -> None:
        now = time.time()
        with self.lock:
            changes = following.changes()
            self._raw.update(changes)
            for key, state in changes.items():
                _name(self.tally.labels, state)
                if state.ready:
                    _name(self.lasting, state)
                if key not in self._chains_of:
                    self.tally.put(state, now)
            for number in {number for key in changes for number in self._chains_of.get(key, ())}:
                self._settle(number, now)

    def _settle(self, number: int, now: float, late: bool = False) -> None:
        chain = self._chains[number]
        for state in settled(chain, self._raw, self._headers, late).values():
            if state != self.tally.states[state.id]:
                self.tally.put(state, now)
        ready = [self.tally.states[key].ready for key in chain]
        if ready[-1] and not all(ready) and number not in self._late:
            self._late.add(number)
            timer = threading.Timer(LATE, self._settle_late, [number])
            timer.daemon = True
            timer.start()

    def _settle_late(self, number: int) -> None:
        with self.lock:
            self._settle(number, time.time(), late=True)
        self._note()

    def _note(self) -> None:
        if self._changed is None:
            return
        with self.lock:
            if self.tally.over:
                self.tally.took.setdefault("", time.time() - self.tally.began[""])
                self.over.set()
            self._lost_since = (self._lost_since or time.monotonic()) if self.tally.lost else None
        self._changed()


def _name(labels: dict[str, str], state: TaskState) -> None:
    if state.name and labels[state.id].startswith(UNNAMED):
        labels[state.id] = labels[state.id].replace(UNNAMED, clean(state.name, 60), 1)


def _chains_of(plan: Plan) -> dict[str, list[int]]:
    """In which chains each key is, by their numbers."""
    found: dict[str, list[int]] = {}
    for number, chain in enumerate(plan.chains):
        for key in chain:
            found.setdefault(key, []).append(number)
    return found
