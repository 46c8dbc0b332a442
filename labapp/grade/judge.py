"""The judge: runs one check in its own process, and tells the kernel line by line what it sees."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labapp.grade.trial import Ended, Trial
from labapp.lab.errors import LabError

LOG_LINES = 6
#: Seconds before the watcher's own end at which the judge wants to be done.
MARGIN = 1.0


def judge_folder(job: dict[str, Any], out: int) -> None:
    """Judge the answer that `job` names; JSON lines go to the descriptor `out`."""

    def tell(line: dict[str, Any]) -> None:
        text = json.dumps(line).replace(job["folder"], "your folder")
        os.write(out, text.encode("utf-8", "replace") + b"\n")

    trial = Trial(
        options=job["options"],
        folder=Path(job["folder"]),
        seed=job["seed"],
        seconds=job["seconds"] - MARGIN,
        diagnoses=job["diagnoses"],
        tell=lambda row: tell({"row": row}),
    )
    tell({"done": judge(trial, job["check"]) | {"logs": last_words(trial), "waited": trial.waited}})


def judge(trial: Trial, module: str) -> dict[str, Any]:
    """Run a check to its end, whatever it meets; status and diagnosis come back."""
    try:
        check_of(module)(trial)
    except Ended:
        if not trial.failed:  # it has not seen all of it: that lets nobody pass
            return {"status": "broken", "diagnosis": "check-failed"}
    except Exception as error:
        if not _is_silence(error):
            told = "".join(traceback.format_exception_only(error)).strip()
            trial.require(
                "The check runs to its end", False, expected="yes", seen="no", detail=told
            )
            traceback.print_exc()
            return {"status": "broken", "diagnosis": "check-failed"}
        trial.require(
            "Redis, web app and worker keep answering",
            False,
            expected="answers",
            seen="none",
            detail=error,
            diagnosis="no-answer",
        )
    if trial.passed > 0 and trial.failed == 0:
        return {"status": "passed", "diagnosis": ""}
    return {"status": "failed", "diagnosis": trial.diagnosis or "something-else"}


def check_of(module: str) -> Callable[[Trial], object]:
    """The function `check` of a check module, named by its path."""
    found: Callable[[Trial], object] = importlib.import_module(module).check
    return found


def last_words(trial: Trial) -> dict[str, list[str]]:
    """The last log lines of web and workers of the lab that was used last."""
    words = {}
    for part in trial.stacks[-1].parts() if trial.stacks else []:
        if part.kind != "redis":
            with contextlib.suppress(Exception):
                words[part.name] = [_without_place(x) for x in part.logs(LOG_LINES) if x.strip()]
    return words


def _without_place(line: str) -> str:
    """A traceback's line without the folders of this machine: notebooks keep what is shown."""
    return re.sub(r'File ".*/', 'File "', line)


def _is_silence(error: Exception) -> bool:
    """Whether a part of the lab fell silent: that is the answer's doing, not the check's."""
    import redis

    return isinstance(error, LabError | redis.exceptions.RedisError | OSError)
