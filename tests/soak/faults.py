"""Each fault twenty times over, in a lab at work: is the health after each repair what it was?

Every other time the block ends by an exception, and every fifth by an interrupt somewhere between
setting and repairing. Beside that, interrupts alone, thousands of them, as close as they come.
"""

import random
import signal
import time
from collections import Counter
from statistics import median

from labapp.lab import FAULTS, Stack
from tests.bench.by_hand import scratch

ROUNDS = 20
INTERRUPTED_FOR = 30.0
NAP = "labapp.tasks.long_running.long_running_task"


def run() -> bool:
    """Print one line a fault: how often all was as before, and the seconds that repair took."""
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    print(f"   seed {seed}")
    print(f"   {'fault':<22} as before   seconds a repair")
    with scratch():
        results = [_repeat(name, stock, chance) for stock in (False, True) for name in FAULTS]
        results.append(_interrupts(chance))
    return all(results)


def _repeat(name: str, stock: bool, chance: random.Random) -> bool:
    kept, seconds, seen = 0, [], Counter[str]()
    with Stack(stock=stock) as lab:
        before = repr(lab.health())
        for number in range(ROUNDS):
            for _ in range(4):
                lab.celery.send_task(NAP, kwargs={"seconds": 0.2}, ignore_result=True)
            seconds.append(_once(lab, name, number, chance))
            after = repr(lab.health(timeout=30))
            kept += after == before and not lab.faults.on
            seen.update(line for line in after.splitlines() if line not in before)
    label = f"{name}{', stock' if stock else ''}"
    print(
        f"   {label:<28} {kept:>2}/{ROUNDS}    "
        f"{median(seconds):.2f} [{min(seconds):.2f}-{max(seconds):.2f}]",
        flush=True,
    )
    for line, times in seen.items():
        print(f"      {times} times: {line}", flush=True)
    return kept == ROUNDS


def _once(lab: Stack, name: str, number: int, chance: random.Random) -> float:
    """Set it and have it repaired, one way or another; the seconds from block's end to repaired."""
    signal.signal(signal.SIGALRM, _interrupt)
    end = time.monotonic()
    try:
        if number % 5 == 4:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.001, 0.6))
        with lab.fault(name):
            time.sleep(0.3)
            end = time.monotonic()
            if number % 2:
                raise ZeroDivisionError
        signal.setitimer(signal.ITIMER_REAL, 0)
    except (ZeroDivisionError, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, 0)
    return time.monotonic() - end


def _interrupts(chance: random.Random) -> bool:
    """Aim at a fault that is set and repaired within milliseconds; count what is left on."""
    hits = left = 0
    signal.signal(signal.SIGALRM, _interrupt)
    with Stack(web=None) as lab:
        end = time.monotonic() + INTERRUPTED_FOR
        while time.monotonic() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 0.012))
                with lab.fault("redis slow"):
                    pass
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                hits += 1
            left += bool(lab.faults.on)
            lab.faults.repair()
        well = lab.health().ok
    print(f"   interrupted {hits} times in 12 ms; left on {left}; well at the end: {well}")
    # One window of a microsecond stays: between the block's last step and the repair's first.
    return well and left <= 1 + hits // 1000


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
