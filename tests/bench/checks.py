"""How long a check takes, and what it costs beyond waiting for what the answer does."""

import time
from pathlib import Path
from statistics import median

from labapp.author.cases import Case, cases_of
from labapp.grade.manifest import Manifest, catalogue
from labapp.lab.stack import Stack
from tests.bench.table import Row, spread

CHECKOUT = Path(__file__).resolve().parents[2]
ROUNDS = 3
MEDIAN, LONGEST = 8.0, 15.0
STACKS = 3.0


def measure() -> list[Row]:
    """Every kind of answer once, the right ones in rounds with a bare Stack beside each."""
    rows, every = [], []
    for manifest in catalogue().values():
        cases = cases_of(manifest, CHECKOUT)
        every += [_seconds(case) for case in cases if case.kind in ("untouched", "wrong")]
        if manifest.operational:
            continue  # judged in a lab that runs: nothing is started for it
        right = [case for case in cases if case.kind in ("solution", "right")]
        costs, bare = [], []
        for number in range(ROUNDS):
            verdict = right[number % len(right)].judge()
            every.append(verdict.seconds)
            costs.append(verdict.seconds - verdict.waited)
            bare.append(bare_stack(manifest))
        ratio = median(costs) / median(bare)
        what = f"{manifest.id}: cost of a check beside a bare Stack"
        rows.append(Row(what, spread(costs), spread(bare), ratio, STACKS))
    rows.append(Row("a check, median of 8 s", spread(every), "8 s", median(every) / MEDIAN, 1.0))
    rows.append(Row("a check, longest of 15 s", spread(every), "15 s", max(every) / LONGEST, 1.0))
    return rows


def _seconds(case: Case) -> float:
    return case.judge().seconds


def bare_stack(manifest: Manifest) -> float:
    """Seconds to start and stop a stock lab that is as bare as they come."""
    begin = time.perf_counter()
    Stack(worker="labapp.tasks:celery", stock=True, folder=manifest.broken).start().stop()
    return time.perf_counter() - begin
