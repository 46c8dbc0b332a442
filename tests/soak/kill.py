"""The matrix of deaths, twenty times each: is everything gone within two seconds?"""

from statistics import median

from tests.lab.deaths import DEATHS, start_victim

ROUNDS = 20
CONTRACT = 2.0


def run(rounds: int = ROUNDS) -> bool:
    """Print one line a death: how often it was kept, and the seconds until the last was gone."""
    print(f"   {'SIGKILL of':<38} kept      last process gone after")
    well = True
    for death, act in DEATHS.items():
        seconds, survivors = [], 0
        for _ in range(rounds):
            victim = start_victim()
            try:
                act(victim)
                seconds.append(victim.seconds_until_gone())
                survivors += len(victim.left())
            finally:
                victim.end()
        kept = sum(s <= CONTRACT for s in seconds)
        well = well and kept == rounds and not survivors
        print(
            f"   {death:<38} {kept}/{rounds}     {median(seconds):.3f} s "
            f"[{min(seconds):.3f}-{max(seconds):.3f}], survivors {survivors}",
            flush=True,
        )
    return well
