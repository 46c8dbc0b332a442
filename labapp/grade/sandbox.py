"""The kernel's end of a check: a copy of the answer, a watcher to hold it, a verdict to show.

The kernel runs nothing of the answer. It holds a pipe to the watcher (`labapp.grade.watcher`); when
that closes, for whatever reason, everything of the check is gone, processes and files.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labapp.grade.answer import copy_answer, missing_files
from labapp.grade.limits import LIMITS, SAID, Limits
from labapp.grade.manifest import Manifest
from labapp.grade.verdict import Requirement, Verdict
from labapp.lab.guardian import import_path, inheritable_environ

#: Variables that would lead a check to another Redis, or to the learner's own things.
NOT_HERE = (
    *("LABAPP_REDIS_URL", "LABAPP_DATA", "LABAPP_HOSTS", "LABAPP_FLOWER", "LABAPP_RECORD"),
    "PYTHONPATH",
)
#: Seconds for the watcher to end all of it once it has been told, or has said the last word.
ENDING = 5.0
Seen = Callable[[Requirement], object]


def run_check(
    manifest: Manifest,
    folder: Path,
    *,
    seed: int | None = None,
    limits: Limits = LIMITS,
    on_row: Seen | None = None,
) -> Verdict:
    """Judge the answer in `folder` in a sandbox of its own; nothing of it is left afterwards.

    `seed` repeats the inputs of an earlier check. `on_row` hears of each requirement as it is
    decided. Raises AnswerError where the folder cannot be copied.
    """
    seed = secrets.randbits(32) if seed is None else seed
    begin = time.monotonic()
    if missing := missing_files(manifest, folder):
        row = Requirement(
            "The files of the exercise are there", False, ", ".join(manifest.files),
            f"without {', '.join(missing)}",
        )  # fmt: skip
        return Verdict.of(
            manifest, [row], {"status": "failed", "diagnosis": "missing-file"}, 0, 0.0
        )
    scratch = Path(tempfile.mkdtemp(prefix="labapp-check-"))
    try:
        for name in ("answer", "run", "tmp", "home"):
            (scratch / name).mkdir()
        copy_answer(folder, scratch / "answer")
        rows, done = _watched(_job(manifest, scratch, seed, limits), scratch, on_row)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if "limit" in done:
        rows.append(_over(done["limit"], limits))
    return Verdict.of(manifest, rows, done, seed, time.monotonic() - begin)


def _job(manifest: Manifest, scratch: Path, seed: int, limits: Limits) -> dict[str, Any]:
    return {
        "check": manifest.check,
        "options": manifest.stack_options(),
        "diagnoses": manifest.known,
        "folder": str(scratch / "answer"),
        "scratch": str(scratch),
        "seed": seed,
        "seconds": limits.seconds,
        "limits": limits.as_dict(),
        "path": import_path(),
    }


def _watched(
    job: dict[str, Any], scratch: Path, on_row: Seen | None
) -> tuple[list[Requirement], dict[str, Any]]:
    """Run the watcher to its end; the rows, and how it ended."""
    rows: list[Requirement] = []
    done: dict[str, Any] = {}
    with open(scratch / "judge.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("watcher.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environ(scratch),
            cwd=scratch,
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    # The watcher ends by itself; this is for one that cannot, and then the judge dies with it.
    last = threading.Timer(job["seconds"] + ENDING, process.kill)
    last.daemon = True
    last.start()
    try:
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        for line in process.stdout:
            told = _read(line)
            if "row" in told:
                rows.append(Requirement.of(told["row"]))
                if on_row:
                    on_row(rows[-1])
            elif "done" in told:
                done = told["done"]
            elif "limit" in told and _explains(told["limit"], done):
                done = {"status": "stopped", "diagnosis": told["limit"], "limit": told["limit"]}
    finally:
        last.cancel()
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
    if not done:
        done = {"status": "stopped", "diagnosis": "no-answer", "logs": {"judge": _tail(scratch)}}
    return rows, done


def _explains(limit: str, done: dict[str, Any]) -> bool:
    """Whether a limit that was crossed says more than the judge, who may have seen its effect."""
    return not done or (done.get("status") == "failed" and limit != "over-time")


def _read(line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        told = json.loads(line)
        if isinstance(told, dict):
            return told
    return {}


def _environ(scratch: Path) -> dict[str, str]:
    """What the check's processes see: no Redis but its own, no home and no temporary folder."""
    plain = {name: text for name, text in inheritable_environ().items() if name not in NOT_HERE}
    return plain | {
        "LABAPP_RUN": str(scratch / "run"),
        "TMPDIR": str(scratch / "tmp"),
        "HOME": str(scratch / "home"),
        "PYTHONUSERBASE": os.environ.get("PYTHONUSERBASE") or site.getuserbase(),
    }


def _over(limit: str, limits: Limits) -> Requirement:
    bound = SAID[limit](limits) if limit in SAID else ""
    return Requirement("The answer stays within its limits", False, bound, "more")


def _tail(scratch: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return (scratch / "judge.log").read_text("utf-8", "replace").splitlines()[-6:]
    return []
