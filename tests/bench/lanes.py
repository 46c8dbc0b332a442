"""What the notebook lanes cost: the same notebooks through nbval, and run bare."""

import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat

from labapp.author.build import execute
from tests.bench.table import Row, spread
from tests.notebooks.lane import run_lane

PAIRS = 3
LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
#: What a lane may add: seconds for its pytest process, and a share of the bare run.
ALLOWED_SECONDS, ALLOWED_SHARE = 5.0, 0.15


def measure(pairs: int = PAIRS) -> list[Row]:
    """Interleaved pairs; the bar is on what the lane takes of what it may take."""
    bare, lane = [], []
    for _ in range(pairs):
        bare.append(bare_seconds())
        lane.append(lane_seconds())
    may = [ALLOWED_SECONDS + (1 + ALLOWED_SHARE) * seconds for seconds in bare]
    ratio = median(lane) / median(may)
    return [Row("notebook lane, against 5 s + 115 % of bare", spread(lane), spread(bare), ratio, 1)]


def bare_seconds() -> float:
    """Each notebook in a kernel of its own, one after the other, nothing compared."""
    begin = time.perf_counter()
    for path in sorted(LESSONS.rglob("*.ipynb")):
        execute(nbformat.read(path, as_version=4), path)
    return time.perf_counter() - begin


def lane_seconds() -> float:
    with tempfile.TemporaryDirectory(prefix="labapp-bench-") as scratch:
        begin = time.perf_counter()
        lane = run_lane(LESSONS, Path(scratch))
        if lane.code:
            raise RuntimeError(lane.text)
        return time.perf_counter() - begin
