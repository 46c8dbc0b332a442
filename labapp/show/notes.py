"""What a display that looks back has to say of what it did not hear."""

from __future__ import annotations

from collections.abc import Iterable

from labapp.live.recording import Recording
from labapp.live.told import UNACCOUNTED, Told


def notes_of(recording: Recording, tasks: Iterable[Told] = ()) -> list[str]:
    """Sentences: no events at all, seconds without news, tasks that are unaccounted for."""
    history, found = recording.history, list(tasks)
    notes = []
    if not recording.listens:
        notes.append(
            "Nobody sends events here, so results alone are shown: when a task was sent, and where "
            "it ran, was not heard."
        )
    elif recording.link.events == "silent":
        notes.append("No worker has been heard from for some seconds. Is one running?")
    elif recording.link.events == "unavailable":
        notes.append("This broker's events cannot be heard, so results alone are shown.")
    notes += [_gap(gap.start, gap.end, gap.reason) for gap in history.gaps[-3:]]
    lost = [told for told in found if told.place == UNACCOUNTED]
    if lost:
        notes.append(f"{len(lost):,} of them are unaccounted for: {lost[0].reason}")
    late = [told for told in found if any("heard" in why for why in told.missing())]
    late = [told for told in late if told.place != UNACCOUNTED]
    if late and recording.listens:
        notes.append(f"Of {len(late):,} not everything was heard; what was not heard is not drawn.")
    return notes


def _gap(start: float, end: float | None, reason: str) -> str:
    if end is None:
        return f"{reason} What happens meanwhile is not heard."
    return f"{reason} For {end - start:.1f} s nothing was heard."
