"""What a check found: each requirement, passed or failed, with what was expected and seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from labapp.display import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labapp.grade.manifest import Manifest

Status = Literal["passed", "failed", "stopped", "broken"]


@dataclass(frozen=True)
class Requirement:
    """One thing that must hold. `expected` and `seen` are coarse: counts, states, codes.

    What differs from run to run (the inputs that were drawn, exact values) belongs in `detail`.
    """

    says: str
    passed: bool
    expected: str = ""
    seen: str = ""
    detail: str = ""

    @classmethod
    def of(cls, told: dict[str, Any]) -> Requirement:
        """From one line of the judge, every text made fit to be shown."""
        texts = {name: clean(told.get(name, "")) for name in ("says", "expected", "seen", "detail")}
        return cls(passed=told.get("passed") is True, **texts)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check; in a notebook it shows as a table, printed as text.

    `status`: passed; failed; stopped (a limit was crossed); broken (the check itself failed).
    `diagnosis` names the wrong path that was recognised, `advice` says it and the next step.
    `waited` is how many of its `seconds` went into waiting for what the answer does.
    """

    exercise: str
    status: Status
    requirements: tuple[Requirement, ...] = ()
    diagnosis: str = ""
    advice: str = ""
    seed: int = 0
    seconds: float = 0.0
    logs: dict[str, list[str]] = field(default_factory=dict)
    waited: float = 0.0

    @classmethod
    def of(
        cls,
        manifest: Manifest,
        rows: Sequence[Requirement],
        done: Mapping[str, Any],
        seed: int,
        seconds: float,
    ) -> Verdict:
        """What the rows and the judge's last word, `done`, come to."""
        diagnosis = str(done.get("diagnosis", ""))
        return cls(
            manifest.id,
            done["status"],
            tuple(rows),
            diagnosis,
            manifest.told(diagnosis),
            seed,
            seconds,
            done.get("logs") or {},
            float(done.get("waited", 0.0)),
        )

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def summary(self) -> str:
        """One line: how many requirements hold."""
        good = sum(one.passed for one in self.requirements)
        word = {
            "passed": "passed",
            "failed": "not yet",
            "stopped": "stopped",
            "broken": "no verdict",
        }
        return f"{self.exercise}: {word[self.status]}, {good} of {len(self.requirements)} hold"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"passed": self.passed}

    def __repr__(self) -> str:
        from labapp.grade.picture import as_text

        return as_text(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from labapp.grade.picture import as_html

        return {"text/html": as_html(self), "text/plain": repr(self)}
