"""What a display has to say instead of a picture."""

from __future__ import annotations


class StillRunningError(TimeoutError):
    """Waiting is over and tasks are not; in a notebook it shows as its sentence alone."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentence is written for the learner, our frames are not."""
        return [f"TimeoutError: {self}"]
