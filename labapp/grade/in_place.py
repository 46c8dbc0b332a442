"""The check of an operational exercise: it looks at the running lab, and changes nothing.

`judge_laid` is for the command line and the proofs, which have no lab and make one.
"""

from __future__ import annotations

import importlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labapp.grade.judge import judge
from labapp.grade.manifest import Manifest
from labapp.grade.sandbox import Seen, run_check
from labapp.grade.trial import Trial
from labapp.grade.verdict import Requirement, Verdict

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

SECONDS = 12.0


def prepare_lab(manifest: Manifest, lab: Stack) -> None:
    """Bring a fresh lab into the state that the story begins with, where there is one."""
    module = importlib.import_module(manifest.check)
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
        diagnoses=manifest.known,
        tell=hear,
        stack=lab,
    )
    done = judge(trial, manifest.check)
    return Verdict.of(manifest, rows, done, seed, time.monotonic() - begin)


def judge_laid(
    manifest: Manifest, folder: Path, act: Callable[[Stack], object], *, seed: int | None = None
) -> Verdict:
    """Judge the answer in a folder; of an operational exercise, a lab of it after `act(lab)`."""
    if not manifest.operational:
        return run_check(manifest, folder, seed=seed)
    from labapp.lab.stack import Stack

    with Stack(**manifest.stack_options(), folder=folder) as lab:
        prepare_lab(manifest, lab)
        act(lab)
        return judge_lab(manifest, lab, seed=seed)
