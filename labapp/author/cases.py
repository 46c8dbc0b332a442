"""Answers that a check must judge right: beside tests/grade, and three that each exercise has.

Untouched is the broken system as it is. Solution is what the solution notebook writes. Hollow has
the right files, routes and tasks, and nothing in them.
"""

from __future__ import annotations

import ast
import runpy
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from labapp.author.refuse import BuildError
from labapp.grade.in_place import judge_laid
from labapp.grade.manifest import Manifest, catalogue
from labapp.grade.solution import act_as_solved, write_solution
from labapp.grade.verdict import Verdict

ANSWERS = Path("tests/grade/answers")
KINDS = ("right", "wrong", "fooling")
Kind = Literal["untouched", "solution", "right", "wrong", "fooling", "hollow", "stranger"]
ROUTES = {"route", "get", "post", "put", "delete", "patch"}
TASKS = {"task", "shared_task"}


@dataclass(frozen=True)
class Case:
    """One answer to one exercise: what it must get, and the folder of what differs, if any."""

    manifest: Manifest
    kind: Kind
    name: str
    root: Path
    diagnosis: str = ""
    folder: Path | None = None

    @property
    def id(self) -> str:
        return f"{self.manifest.id}-{self.kind}-{self.name}"

    def fault(self, verdict: Verdict) -> str:
        """Why this verdict is not what the case must get; empty where it is."""
        got = f"{verdict.status} ({verdict.diagnosis or 'no diagnosis'})"
        if verdict.status in ("broken", "stopped"):
            return f"the check did not run to its end: {got}"
        if self.kind in ("solution", "right"):
            return "" if verdict.passed else f"a right answer does not pass: {got}"
        if verdict.passed:
            return f"{self.kind} passes"
        if self.diagnosis and verdict.diagnosis != self.diagnosis:
            return f"{self.diagnosis} is declared, and it got {verdict.diagnosis}"
        return ""

    def judge(self, seed: int | None = None) -> Verdict:
        """Put it to its exercise."""
        with self.laid() as folder:
            return judge_laid(self.manifest, folder, self._act, seed=seed)

    @contextmanager
    def laid(self) -> Iterator[Path]:
        """The answer's files in a folder of their own."""
        with tempfile.TemporaryDirectory(prefix="labapp-case-") as scratch:
            folder = Path(scratch) / self.manifest.id
            shutil.copytree(self.manifest.broken, folder, ignore=_CACHES)
            if not self.manifest.operational:
                self._write(folder)
            yield folder

    def _write(self, folder: Path) -> None:
        """Put what differs over the broken files."""
        if self.folder is not None:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True, ignore=_CACHES)
            (folder / "case.toml").unlink(missing_ok=True)
        if self.kind == "solution":
            write_solution(self.manifest, self.root, folder)
        if self.kind == "stranger":
            write_solution(catalogue()[self.name], self.root, folder)
        if self.kind == "hollow":
            for path in folder.rglob("*.py"):
                path.write_text(hollow(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _act(self, stack: Any) -> None:
        if self.kind == "solution":
            act_as_solved(self.manifest, self.root, stack)
        elif self.folder is not None:
            runpy.run_path(str(self.folder / "act.py"))["act"](stack)


_CACHES = shutil.ignore_patterns("__pycache__", ".*")


def cases_of(manifest: Manifest, root: Path) -> list[Case]:
    """All cases of one exercise: its own three, those in tests/, and strangers that fit its files.

    Raises BuildError that names a case which is not as it should be.
    """
    found = [
        Case(manifest, "untouched", "as_it_is", root, manifest.untouched),
        Case(manifest, "solution", "notebook", root),
    ]
    if not manifest.operational:
        found.append(Case(manifest, "hollow", "nothing_inside", root))
        found += strangers(manifest, root)
    for kind in KINDS:
        folders = sorted((root / ANSWERS / manifest.id / kind).glob("*/"))
        found += [_read(manifest, kind, path, root) for path in folders if path.name[0] not in "._"]
    return found


def strangers(manifest: Manifest, root: Path) -> list[Case]:
    """Solutions of other exercises whose files have the names that this one asks for."""
    return [
        Case(manifest, "stranger", other.id, root, folder=other.broken)
        for other in catalogue().values()
        if other.id != manifest.id and set(manifest.files) <= set(other.files)
    ]


def too_few(manifest: Manifest, cases: list[Case]) -> list[str]:
    """What an exercise still lacks: three right answers, six wrong ones, four diagnoses."""
    right = sum(case.kind == "right" for case in cases)
    wrong = [case.diagnosis for case in cases if case.kind == "wrong"]
    fooling = sum(case.kind == "fooling" for case in cases)
    lacks = []
    if right < 3:
        lacks.append(f"{right} right answers, and 3 are asked")
    if len(wrong) < 6:
        lacks.append(f"{len(wrong)} wrong answers, and 6 are asked")
    if len(set(wrong)) < 4:
        lacks.append(f"{len(set(wrong))} different diagnoses among them, and 4 are asked")
    if not fooling:
        lacks.append("no answer that means to fool the check")
    return [f"{manifest.id} has {lack}" for lack in lacks]


def _read(manifest: Manifest, kind: str, folder: Path, root: Path) -> Case:
    where = folder.relative_to(root)
    try:
        told = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{where}: its case.toml cannot be read: {error}") from None
    diagnosis = told.get("diagnosis", "")
    if unknown := set(told) - {"why", "diagnosis"}:
        raise BuildError(f"{where}: case.toml has {', '.join(sorted(unknown))}; nobody reads that.")
    if not told.get("why"):
        raise BuildError(f"{where}: case.toml does not say why.")
    if kind == "wrong" and not manifest.told(diagnosis):
        raise BuildError(f"{where}: {diagnosis!r} is not a diagnosis of {manifest.id}.")
    return Case(manifest, kind, folder.name, root, diagnosis, folder)  # type: ignore[arg-type]


def hollow(source: str) -> str:
    """The module with every route and task emptied: same names, nothing done."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = {_last_name(one) for one in node.decorator_list}
            if names & ROUTES:
                node.body = ast.parse("return {}, 202").body
            elif names & TASKS:
                node.body = ast.parse("return None").body
    return ast.unparse(tree) + "\n"


def _last_name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(called, "attr", getattr(called, "id", ""))
