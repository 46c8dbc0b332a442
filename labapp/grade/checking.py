"""The line that a cell shows while a check runs; afterwards it says how long that took."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from labapp.display import LiveOutput, escape, in_kernel
from labapp.grade.verdict import Requirement


class Checking:
    """A live line around a check; outside a kernel it shows nothing."""

    def __init__(self, exercise: str) -> None:
        self._begin = time.monotonic()
        self._seen: list[Requirement] = []
        self._name = exercise
        self._widget: Any = None
        self._output = LiveOutput(
            f"Check of {exercise}",
            placeholder=f"<p>Check of {escape(exercise)}: run this cell to have it judged.</p>",
        )

    def __enter__(self) -> Self:
        if in_kernel():
            self._widget = _line(f"Check of {self._name}: starting a lab for it …")
            self._output.attach(self._widget)
        self._output.show()
        return self

    def saw(self, one: Requirement) -> None:
        """One more requirement is decided."""
        self._seen.append(one)
        if self._widget is not None:
            good = sum(row.passed for row in self._seen)
            last = f"{'passed' if one.passed else 'failed'}: {one.says}"
            self._widget.value = f"Check of {self._name}: {good} of {len(self._seen)} hold; {last}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took = time.monotonic() - self._begin
        ended = f"took {took:.1f} s." if kind is None else "ended early; nothing of it is left."
        self._output.finish(f"<p>The check of {escape(self._name)} {ended}</p>")


def _line(text: str) -> Any:
    """A line of plain text as a widget; None where there are none."""
    try:
        from ipywidgets import Label
    except ImportError:
        return None

    class Line(Label):  # type: ignore[misc]
        joined_late = False

    return Line(text)
