"""`make soak`: the same thing many times over, counted. `make soak PART=kill` runs one part."""

import signal
import sys
import time

from tests.soak import faults, kill, notebooks, restart, truth, verdicts

PARTS = {
    "kill": kill.run,
    "restart": restart.run,
    "faults": faults.run,
    "notebooks": notebooks.run,
    "truth": truth.run,
    "verdicts": verdicts.run,
}


def main(names: list[str]) -> int:
    """Run the named parts, all without names; exit 1 if one counted a failure."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"No such part: {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
        return 2
    # As an exception it ends the labs, kernels and servers of the part that runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by TERM"))
    well = True
    for name in names or PARTS:
        begin = time.monotonic()
        print(f"-- {name}", flush=True)
        well = PARTS[name]() and well
        print(f"   took {time.monotonic() - begin:.0f} s", flush=True)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
