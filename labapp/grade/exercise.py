"""The learner's way in: `exercise("05_arguments")` with its check, hints, story and files."""

from __future__ import annotations

import contextlib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labapp.grade import answer
from labapp.grade.brief import brief, links
from labapp.grade.checking import Checking
from labapp.grade.errors import AnswerError
from labapp.grade.in_place import judge_lab, prepare_lab
from labapp.grade.manifest import Manifest, find
from labapp.grade.note import Note
from labapp.grade.sandbox import run_check
from labapp.grade.state import HONEST_TRIES, Book
from labapp.grade.verdict import Verdict

if TYPE_CHECKING:
    from labapp.lab.stack import Stack


def exercise(asked: str) -> Exercise:
    """Open an exercise by its id, number or name, and lay its files beside the notebook.

    Files that are there already are left alone. Raises ManifestError that names what there is.
    """
    return Exercise(find(asked), Path.cwd())


class Exercise:
    """One exercise: `check()` judges the answer, `hint()` helps a step, `explain()` tells why.

    `folder` holds the answer's files; `lab` is what a Lab that runs them is made with:
    `Lab(**task.lab)`.
    """

    def __init__(self, manifest: Manifest, beside: Path, book: Book | None = None) -> None:
        self.manifest = manifest
        self.folder = answer.answer_folder(manifest, beside)
        self._beside = beside
        self._book = book or Book()
        answer.lay(manifest, self.folder)

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def lab(self) -> dict[str, Any]:
        """Options for the Lab: the answer's modules, as they are outside, Celery as it comes."""
        return self.manifest.stack_options() | {"folder": self.folder}

    @property
    def status(self) -> Note:
        """How far you are with it, in a line."""
        entry = self._book.entry(self.id)
        hints = f"{entry.hints} of {len(self.manifest.hint)} hints"
        return Note(f"{self.id}: {entry.word}; {entry.checks} checks, {hints}.")

    def prepare(self, lab: Stack) -> None:
        """Bring a running lab into the state that the story begins with, where it has one."""
        prepare_lab(self.manifest, lab)

    def check(self, lab: Stack | None = None) -> Verdict:
        """Judge the answer by what it does, in a sandbox, within 15 seconds.

        An operational exercise is judged in your running `lab`, and nothing in it is changed.
        """
        if self.manifest.operational:
            if lab is None or not lab.running:
                raise AnswerError(
                    f"{self.id} is judged in your running lab: task.check(lab), after lab.start()."
                )
            with Checking(self.id) as checking:
                verdict = judge_lab(self.manifest, lab, on_row=checking.saw)
            changed = "" if verdict.diagnosis == self.manifest.untouched else _looks(verdict, lab)
        else:
            with Checking(self.id) as checking:
                verdict = run_check(self.manifest, self.folder, on_row=checking.saw)
            known = answer.is_changed(self.manifest, self.folder)
            changed = answer.digest(self.folder) if known else ""
        self._book.note_check(verdict, changed)
        return verdict

    def hint(self) -> Note:
        """The next hint; after the last one, all of them."""
        hints = self.manifest.hint
        step = self._book.entry(self.id).hints + 1
        if step > len(hints):
            told = [f"**Hint {n} of {len(hints)}.** {one.text}" for n, one in enumerate(hints, 1)]
            return Note("\n\n".join(told))
        self._book.note_hint(self.id, step)
        return Note(f"**Hint {step} of {len(hints)}.** {hints[step - 1].text.strip()}")

    def explain(self) -> Note:
        """What happened and why, with the link to the solution; after a pass or honest tries."""
        entry = self._book.entry(self.id)
        if not entry.may_explain:
            left = HONEST_TRIES - entry.tried
            return Note(
                f"The story of {self.id} is told after a pass, or after {HONEST_TRIES} checks of "
                f"answers that you changed; {left} to go. Until then: task.hint()."
            )
        self._book.note_explain(self.id)
        return Note(f"{self.manifest.explain.strip()}\n\n{links(self.manifest, self._beside)}")

    def reset(self) -> Note:
        """Put the broken files back; what you had is kept beside them."""
        kept = answer.reset(self.manifest, self.folder)
        yours = f" Yours is kept in {answer.HOME}/{kept.name}." if kept else ""
        return Note(f"The files of {self.id} are as they were.{yours}")

    def __repr__(self) -> str:
        return f"Exercise {self.id}: {self.manifest.title}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/markdown": brief(self.manifest, self.folder), "text/plain": repr(self)}


def _looks(verdict: Verdict, lab: Stack) -> str:
    """What tells one state of a running lab from another: its workers, and what was seen."""
    seen = [f"{one.says}: {one.seen}" for one in verdict.requirements]
    with contextlib.suppress(Exception):
        seen += [f"{name}: {one.state} {one.queues}" for name, one in lab.workers.items()]
    return sha256("; ".join(seen).encode()).hexdigest()[:16]
