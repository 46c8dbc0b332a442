"""Random mixes of 500 tasks, faults and restarts: is every count of the displays that of the truth?

Each mix prints its seed; `TRUTH_SEED=123` begins with that one, `MIXES=3` makes three of each kind.
"""

import os
import random
from contextlib import chdir

from tests.bench.by_hand import scratch
from tests.show.truth import KEEPING, LOSING, mix_in

MIXES = 12


def run() -> bool:
    """Print a line a mix: what happened in it, what was counted, and whether that is right."""
    seed = int(os.environ.get("TRUTH_SEED") or random.randrange(10**6))
    right = [
        _mix(seed + number, losing)
        for number in range(int(os.environ.get("MIXES") or MIXES))
        for losing in (False, True)
    ]
    print(f"   right: {sum(right)} of {len(right)}")
    return all(right)


def _mix(seed: int, losing: bool) -> bool:
    with scratch() as folder, chdir(folder), mix_in(folder, seed) as mix:
        faults = [*mix.dice.choices(KEEPING, k=4), *(LOSING if losing else ())]
        try:
            mix.run(["restart", "restart", *faults])
            mix.check_totals()
            mix.check_each_task()
        except AssertionError as error:
            print(f"   WRONG: {mix.done}\n   {str(error)[:3000]}", flush=True)
            return False
        counts = {name: count for name, count in mix.shown().items() if count}
        print(f"   right: {', '.join(mix.done)}: {counts}", flush=True)
        return True
