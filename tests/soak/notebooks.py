"""Every lesson over and over with the cores kept busy: does each run say what is stored?"""

import shutil
import tempfile
import time
from pathlib import Path

from tests.notebooks.lane import run_lane
from tests.soak.busy import all_but_one, busy, cores

ROUNDS = 3
#: The lesson that makes virtual environments and servers by hand runs ten times, one core free.
MOST, OFTEN = "03_build_the_app", 10
LESSONS = Path(__file__).resolve().parents[2] / "notebooks"


def run() -> bool:
    """Run and count; False if a run differed or left something behind."""
    names = [path.stem for path in sorted(LESSONS.glob("[0-9][0-9]_*.ipynb"))]
    print(f"   {'lesson':<28} {'busy':<14} held     seconds a run")
    held = [_repeat(name, ROUNDS, cores()) for name in names]
    return all([*held, _repeat(MOST, OFTEN, all_but_one())])


def _repeat(name: str, rounds: int, kept_busy: int) -> bool:
    held, seconds = 0, []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="labapp-soak-") as scratch, busy(kept_busy):
            folder = _alone(name, Path(scratch))
            begin = time.monotonic()
            lane = run_lane(folder, Path(scratch) / "lane")
            seconds.append(time.monotonic() - begin)
        held += lane.code == 0
        for line in lane.refused(name):
            print(f"      {line}", flush=True)
    took = f"{min(seconds):.0f} to {max(seconds):.0f}"
    work = f"{kept_busy} of {cores()} cores"
    print(f"   {name:<28} {work:<14} {held:>2}/{rounds:<5} {took}", flush=True)
    return held == rounds


def _alone(name: str, scratch: Path) -> Path:
    """A copy of the lessons' folder that holds this one alone, with what lies beside it."""
    folder = scratch / "notebooks"
    shutil.copytree(LESSONS, folder, ignore=shutil.ignore_patterns(".*"))
    for path in folder.rglob("*.ipynb"):
        if path.stem != name:
            path.unlink()
    return folder
