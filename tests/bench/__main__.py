"""`make bench`: figures as ratios within one run. `make bench PART=start` runs one part."""

import sys
import time

from tests.bench import checks, events, lanes, memory, push, recovery, restart, start
from tests.bench import map as map_
from tests.bench.table import Row, show

PARTS = {"start": start.measure, "restart": restart.measure, "memory": memory.measure}
PARTS |= {"recovery": recovery.measure, "lanes": lanes.measure}
PARTS |= {"push": push.measure, "events": events.measure, "map": map_.measure}
PARTS |= {"checks": checks.measure}


def main(names: list[str]) -> int:
    """Run the named parts, all without names; exit 1 if a bar was missed."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"No such part: {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
        return 2
    rows: list[Row] = []
    for name in names or PARTS:
        print(f"-- {name} ...", flush=True)
        begin = time.monotonic()
        rows += PARTS[name]()
        print(f"   took {time.monotonic() - begin:.0f} s", flush=True)
    print()
    return 0 if show(rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
