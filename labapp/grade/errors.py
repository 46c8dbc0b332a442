"""What can go wrong around an exercise, as a tree; each is told in a sentence with the way out.

GradeError
├── ManifestError   an exercise's own file says something that cannot be
└── AnswerError     an answer cannot be found, read or laid
"""

from __future__ import annotations


class GradeError(RuntimeError):
    """Anything an exercise has to say; in a notebook it shows as its sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class ManifestError(GradeError):
    """An exercise.toml that cannot be used; the text names the file and the field."""


class AnswerError(GradeError):
    """An answer that cannot be found, read or laid."""
