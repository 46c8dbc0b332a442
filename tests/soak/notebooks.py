"""Every lesson ten times over, with a core kept busy: does each run say what is stored?"""

import shutil
import tempfile
import time
from pathlib import Path

from tests.notebooks.lane import run_lane
from tests.soak.busy import all_but_one, busy

ROUNDS = 10
LESSONS = Path(__file__).resolve().parents[2] / "notebooks"


def run() -> bool:
    """Run and count; False if a run differed or left something behind."""
    paths = sorted(LESSONS.rglob("*.ipynb"))
    names = [path.stem for path in paths if ".ipynb_checkpoints" not in path.parts]
    print(f"   {'lesson':<36} held     seconds a run (one core busy)")
    held = [_repeat(name) for name in names]
    return all(held)


def _repeat(name: str) -> bool:
    held, seconds = 0, []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="labapp-soak-") as scratch, busy(all_but_one()):
            folder = _alone(name, Path(scratch))
            begin = time.monotonic()
            lane = run_lane(folder, Path(scratch) / "lane")
            seconds.append(time.monotonic() - begin)
        held += lane.code == 0
        for line in lane.refused(name):
            print(f"      {line}", flush=True)
    print(f"   {name:<36} {held}/{ROUNDS}    {min(seconds):.0f} to {max(seconds):.0f}", flush=True)
    return held == ROUNDS


def _alone(name: str, scratch: Path) -> Path:
    """A copy of the lessons' folder that holds this one alone, with what lies beside it."""
    folder = scratch / "notebooks"
    shutil.copytree(LESSONS, folder, ignore=shutil.ignore_patterns(".*"))
    for path in folder.rglob("*.ipynb"):
        if path.stem != name:
            path.unlink()
    return folder
