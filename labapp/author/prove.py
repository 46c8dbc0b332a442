"""`labapp check --prove`: puts every known answer to its exercise, and prints the proof table."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from labapp.author.cases import Case, cases_of, too_few
from labapp.desk.place import find_checkout
from labapp.display import aligned
from labapp.grade.manifest import Manifest, catalogue, find
from labapp.grade.verdict import Verdict

#: Checks mostly wait: two at a time take half as long, on two cores too.
AT_ONCE = 2
COLUMNS = ("exercise", "untouched", "solution", "right", "wrong", "fooling", "hollow", "seconds")


@dataclass(frozen=True)
class Proof:
    """One case with its verdict, and why that is not the right one, if it is not."""

    case: Case
    verdict: Verdict
    fault: str

    def __str__(self) -> str:
        lines = [f"{self.case.id}: {self.fault} (seed {self.verdict.seed})"]
        for one in self.verdict.requirements:
            if not one.passed:
                seen = f"expected {one.expected}; seen {one.seen} {one.detail}"
                lines.append(f"    {one.says}: {seen}")
        return "\n".join(lines)


def prove(case: Case) -> Proof:
    """Judge one case; whatever goes wrong with it is its fault, told in a sentence."""
    try:
        verdict = case.judge()
    except Exception as error:
        verdict = Verdict(case.manifest.id, "broken", diagnosis="check-failed")
        return Proof(case, verdict, f"{type(error).__name__}: {error}")
    return Proof(case, verdict, case.fault(verdict))


def prove_all(cases: Sequence[Case], at_once: int = AT_ONCE) -> Iterable[Proof]:
    """Judge many, `at_once` at a time, in order."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(prove, cases)


def run_prove(ids: Sequence[str], root: Path | None = None) -> int:
    """Prove the named exercises, all without names; 1 where one does not hold."""
    root = root or find_checkout()
    manifests = [find(one) for one in ids] or list(catalogue().values())
    begin = time.monotonic()
    rows, faults = [], []
    for manifest in manifests:
        cases = cases_of(manifest, root)
        proofs = list(prove_all(cases))
        rows.append(row(manifest, proofs))
        wrong = [str(proof) for proof in proofs if proof.fault] + too_few(manifest, cases)
        for fault in wrong:
            print(fault, file=sys.stderr, flush=True)
        faults += wrong
        print(f"- {manifest.id}: {len(cases)} answers, {len(wrong)} faults", flush=True)
    print("\n" + "\n".join(aligned([COLUMNS, *rows])))
    print(f"{time.monotonic() - begin:.0f} s in all, {AT_ONCE} at a time; {len(faults)} faults.")
    return 1 if faults else 0


def row(manifest: Manifest, proofs: Sequence[Proof]) -> tuple[str, ...]:
    """One line of the table; the seconds are the median and the longest of a check."""
    seconds = sorted(proof.verdict.seconds for proof in proofs)
    untouched = next(proof for proof in proofs if proof.case.kind == "untouched")
    told = untouched.verdict.diagnosis + (" (!)" if untouched.fault else "")
    counts = [_held(proofs, kind) for kind in COLUMNS[2:-1]]
    middle = seconds[len(seconds) // 2]
    return (manifest.id, told, *counts, f"{middle:.1f}, at most {seconds[-1]:.1f}")


def _held(proofs: Sequence[Proof], kind: str) -> str:
    mine = [proof for proof in proofs if proof.case.kind == kind]
    return f"{sum(not proof.fault for proof in mine)}/{len(mine)}" if mine else "-"
