"""The check of an operational exercise: it looks at the running lab, and changes nothing."""

from __future__ import annotations

import importlib
import secrets
import time
from typing import TYPE_CHECKING

from labapp.grade.common import COMMON
from labapp.grade.judge import judge
from labapp.grade.manifest import Manifest
from labapp.grade.sandbox import Seen
from labapp.grade.trial import Trial
from labapp.grade.verdict import Requirement, Verdict

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

SECONDS = 12.0


def prepare_lab(manifest: Manifest, lab: Stack) -> None:
    """Bring a fresh lab into the state that the story begins with, where there is one."""
    module = importlib.import_module(f"labapp.grade.checks.{manifest.word}")
    getattr(module, "prepare", lambda _: None)(lab)


def judge_lab(
    manifest: Manifest, lab: Stack, *, seed: int | None = None, on_row: Seen | None = None
) -> Verdict:
    """Judge a running lab in place, within 12 s."""
    seed = secrets.randbits(32) if seed is None else seed
    rows: list[Requirement] = []

    def hear(told: dict[str, object]) -> None:
        rows.append(Requirement.of(told))
        if on_row:
            on_row(rows[-1])

    begin = time.monotonic()
    trial = Trial(
        options={},
        folder=None,
        seed=seed,
        seconds=SECONDS,
        diagnoses=sorted({*manifest.diagnoses, *COMMON}),
        tell=hear,
        stack=lab,
    )
    done = judge(trial, f"labapp.grade.checks.{manifest.word}")
    diagnosis = str(done["diagnosis"])
    return Verdict(
        manifest.id,
        done["status"],
        tuple(rows),
        diagnosis,
        manifest.told(diagnosis),
        seed,
        time.monotonic() - begin,
    )
