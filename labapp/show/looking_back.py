"""What a Lab remembers of its tasks, and the displays that show it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from labapp.lab.stack import Stack
from labapp.live.recording import Recording
from labapp.show.results import plan_of
from labapp.show.timelines import Timeline, end_timelines

if TYPE_CHECKING:
    from labapp.lab.part import Part
    from labapp.show.mapping import SystemMap

_recordings: WeakSet[Recording] = WeakSet()
_labs: list[Any] = []
"""Labs that remember, the newest last; a stopped one is let go."""
LOST = ("killed", "failed")


class LooksBack(Stack):
    """A Stack with a history, which is begun when first asked for, or at the start in a kernel."""

    _recording: Recording | None = None
    _map: SystemMap | None = None
    _unsubscribe: Callable[[], None] | None = None

    @property
    def recording(self) -> Recording:
        """What happened since it began to listen; it stays readable after stop."""
        if self._recording is None or (self._unsubscribe is None and self.running):
            self._recording = Recording(self.celery)
            self._unsubscribe = self.subscribe(self._part_changed)
            _recordings.add(self._recording)
            _labs.append(self)
        return self._recording

    def timeline(self, *results: Any, last: int = 20) -> Timeline:
        """When the last tasks, or these, waited and ran: a row a slot, a bar a task.

        ``results`` are what ``watch`` takes. What was never heard is not drawn, and said.
        """
        if results:
            return timeline(*results)
        recording = self.recording
        shown = Timeline(recording, [told.id for told in recording.history.newest(last)])
        shown._show()
        return shown

    def system_map(self) -> SystemMap:
        """An animated picture of this lab: each task is a dot that goes from part to part."""
        from labapp.show.mapping import SystemMap

        if self._map is None or self._map.finished:
            self._map = SystemMap(self, self.recording)
        self._map._show()
        return self._map

    def _expect(self, task_id: str, name: str) -> None:
        if self._unsubscribe is not None and self._recording is not None:
            self._recording.history.expect(task_id, name)

    def _part_changed(self, part: Part) -> None:
        node = getattr(part, "node", "")
        if part.kind == "worker" and part.state in LOST and self._recording is not None:
            self._recording.history.lose_worker(node)
        if part.kind == "redis" and part.state == "ready" and self._recording is not None:
            self._recording.ask_again()  # while it was full, a worker lost what it tried to note

    def _end_looking_back(self) -> None:
        recording = self._recording
        if recording is not None and self._unsubscribe is not None:
            with suppress(Exception):
                recording.catch_up()  # the last pictures are what is kept
        if self._map is not None:
            self._map.finish()
        if recording is not None:
            end_timelines(recording)
            recording.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
            with suppress(ValueError):
                _labs.remove(self)


def system_map(lab: LooksBack | None = None) -> SystemMap:
    """The map of a lab; of the one that was started last, if you name none.

    Raises ValueError where no lab runs in this process.
    """
    return (lab or _newest("system_map")).system_map()


def timeline(*results: Any, last: int = 20, events: bool = False) -> Timeline:
    """When these tasks waited and ran; without any, the last of the lab that was started last.

    ``results`` are what ``watch`` takes, of any Celery app. Their lab's history is used; for
    another app what their results say, and with ``events`` what its workers say from now on.

    Raises TypeError for what is no result, ValueError where no lab runs and none is named.
    """
    if not results:
        return _newest("timeline").timeline(last=last)  # type: ignore[no-any-return]
    plan = plan_of(list(results))
    ids = [key for key in plan.states if key not in plan.parts]
    ids = [*(key for parts in plan.parts.values() for key in parts), *ids]
    recording = next((one for one in _recordings if one.history.tasks.keys() & set(ids)), None)
    own = recording is None
    if recording is None:
        recording = Recording(next(iter(plan.apps.values())), events)
        _recordings.add(recording)
    missing = [key for key in ids if key not in recording.history.tasks]
    for key in missing:
        recording.history.expect(key, plan.states[key].name if key in plan.states else "")
    if missing:
        recording.follow_results(missing)
    shown = Timeline(recording, ids, own)
    shown._show()
    return shown


def _newest(what: str) -> Any:
    if not _labs:
        raise ValueError(f"No lab runs here. Start one first, Lab().start(), or use lab.{what}().")
    return _labs[-1]
