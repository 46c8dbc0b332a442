"""What the links of a chain tell of each other, where their own records say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labapp.live import TaskState
from labapp.live.state import ENDED, IGNORED, SKIPPED, UNKNOWN

NEVER_RAN = "It never ran: an earlier link did not end well."
NOT_STORED = "It has ended; its result is not stored."
BROKEN = frozenset({"FAILURE", "REVOKED", SKIPPED})
_NO_SIGN = BROKEN | {"PENDING", UNKNOWN, IGNORED}


def settled(
    links: Sequence[str], states: Mapping[str, TaskState], headers: frozenset[str], late: bool
) -> dict[str, TaskState]:
    """The states of a chain's links, each seen in the light of the others.

    What comes after a link that did not end well never runs, whatever its record says; Celery
    marks such links as failed, or leaves them waiting. What comes before a link that runs has
    ended. A chord's header (``headers``) has no record at all. A result may arrive after the next
    link has begun, so for others that is concluded only if it is ``late``.
    """
    found = {key: states[key] for key in links}
    _carry_failure_on(links, found, headers)
    _carry_success_back(links, found, headers, late)
    return found


def _carry_failure_on(
    links: Sequence[str], found: dict[str, TaskState], headers: frozenset[str]
) -> None:
    broken = False
    for key, following in zip(links, [*links[1:], ""], strict=True):
        state = found[key]
        counted = key in headers and (not state.ready or state.state == ENDED)
        if counted and _is_chord_error(found.get(following)):
            found[key] = state = replace(state, state="FAILURE")
            continue  # its body has failed with it, and says whose fault it was
        if broken and not state.ready:
            found[key] = state = TaskState(key, SKIPPED, message=NEVER_RAN, name=state.name)
        elif broken and state.state == "FAILURE":
            found[key] = state = replace(state, text=NEVER_RAN, length=0)
        broken = broken or state.state in BROKEN


def _carry_success_back(
    links: Sequence[str], found: dict[str, TaskState], headers: frozenset[str], late: bool
) -> None:
    begun = False
    for key in reversed(links):
        state = found[key]
        counted = key in headers and (not state.ready or state.state == ENDED)
        if begun and counted:
            found[key] = replace(state, state="SUCCESS")
        elif begun and late and not state.ready:
            found[key] = TaskState(key, ENDED, message=NOT_STORED, name=state.name)
        begun = begun or _has_begun(state)


def _has_begun(state: TaskState) -> bool:
    """Whether it runs or has run, so that all before it has ended well."""
    own_failure = state.state == "FAILURE" and not _is_chord_error(state)
    return own_failure or state.state not in _NO_SIGN


def _is_chord_error(state: TaskState | None) -> bool:
    return state is not None and state.text.startswith("ChordError")
