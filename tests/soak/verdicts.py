"""The same answers judged five times with every core kept busy: is each verdict the same?"""

import random
from collections import Counter
from pathlib import Path

from labapp.author.cases import Case, cases_of
from labapp.author.prove import prove
from labapp.grade.manifest import catalogue
from tests.soak.busy import busy, cores

ROUNDS = 5
DRAWN = 2
CHECKOUT = Path(__file__).resolve().parents[2]


def run() -> bool:
    """Run and count; False if a verdict differed, or was not the one that it must be."""
    seed = random.randrange(1000)
    print(f"   every core busy, {ROUNDS} rounds, answers drawn with seed {seed}")
    draw = random.Random(seed)
    held = [_repeat(case) for case in _cases(draw)]
    return all(held)


def _cases(draw: random.Random) -> list[Case]:
    """Of each exercise: untouched, solution, and two of its answers."""
    chosen = []
    for manifest in catalogue().values():
        cases = cases_of(manifest, CHECKOUT)
        chosen += [case for case in cases if case.kind in ("untouched", "solution")]
        chosen += draw.sample([c for c in cases if c.kind in ("right", "wrong", "fooling")], DRAWN)
    return chosen


def _repeat(case: Case) -> bool:
    seen: Counter[str] = Counter()
    seconds, faults = [], []
    for _ in range(ROUNDS):
        with busy(cores()):
            proof = prove(case)
        seen[f"{proof.verdict.status} {proof.verdict.diagnosis}".strip()] += 1
        seconds.append(proof.verdict.seconds)
        faults += [str(proof)] if proof.fault else []
    told = ", ".join(f"{count} {what}" for what, count in seen.items())
    print(f"   {case.id:<60} {told:<32} {min(seconds):.1f} to {max(seconds):.1f} s", flush=True)
    for fault in faults:
        print(f"      {fault}", flush=True)
    return len(seen) == 1 and not faults
