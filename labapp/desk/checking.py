"""`labapp check`: judges your answers, or the solutions, in a terminal or in CI."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from labapp.desk.place import find_checkout, my_folder
from labapp.grade.answer import HOME
from labapp.grade.errors import GradeError
from labapp.grade.in_place import judge_laid
from labapp.grade.manifest import Manifest, catalogue, find
from labapp.grade.sandbox import run_check
from labapp.grade.solution import act_as_solved, write_solution
from labapp.grade.verdict import Verdict


def run_checks(ids: Sequence[str], *, solutions: bool = False, as_json: bool = False) -> int:
    """Judge what is there and say how it went; 0 when all of it passes.

    Without ids: every exercise that has an answer, or a solution. The record hears nothing of it.
    """
    root = find_checkout()
    asked = [find(one) for one in ids]
    verdicts = []
    for manifest in asked or catalogue().values():
        try:
            verdict = _solution(manifest, root) if solutions else _mine(manifest, root, asked)
        except GradeError as error:
            print(f"{manifest.id}: {error}", file=sys.stderr)
            return 1
        if verdict is not None:
            verdicts.append(verdict)
            if not as_json:
                print(_told(verdict), flush=True)
    if as_json:
        print(json.dumps([verdict.as_dict() for verdict in verdicts], indent=1))
    if not verdicts:
        print("There is no answer yet: open a notebook of exercises/ first.", file=sys.stderr)
    return 0 if verdicts and all(verdict.passed for verdict in verdicts) else 1


def _mine(manifest: Manifest, root: Path, asked: Sequence[Manifest]) -> Verdict | None:
    """The learner's answer; None where there is none and it was not asked for by name."""
    if manifest.operational:
        if asked:
            raise GradeError("it is judged in its notebook, in the running lab: task.check(lab)")
        return None
    places = [Path.cwd(), my_folder(root) / "exercises", root / "exercises"]
    for place in places:
        if (place / HOME / manifest.id).is_dir():
            return run_check(manifest, place / HOME / manifest.id)
    if asked:
        looked = ", ".join(str(place / HOME) for place in places)
        raise GradeError(f"no answer was found (looked in {looked}). Open its notebook first.")
    return None


def _solution(manifest: Manifest, root: Path) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="labapp-solution-") as scratch:
        folder = Path(scratch) / manifest.id
        shutil.copytree(manifest.broken, folder)
        if not manifest.operational:
            write_solution(manifest, root, folder)
        return judge_laid(manifest, folder, partial(act_as_solved, manifest, root))


def _told(verdict: Verdict) -> str:
    """The verdict for a terminal: what a table tells in small print stands below."""
    lines = [repr(verdict)]
    if not verdict.passed:
        lines += [
            f"      {one.says}: {one.detail}"
            for one in verdict.requirements
            if one.detail and not one.passed
        ]
        lines.append(f"  inputs drawn with seed {verdict.seed}")
    return "\n".join([*lines, f"  {verdict.seconds:.1f} s"])
