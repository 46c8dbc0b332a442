"""Prints where the time of a run went, by what it proves, and its ten slowest tests.

`shares.py build/junit` reads the JUnit files of all lanes. Tests of one lane run side by side, so
the shares add up to more than the time that passes.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: What a test proves, by the beginning of its name; the longest that fits counts.
SHARES = {
    "lab": ("lab", "tasks", "web", "facts", "test_first_lab", "test_progress"),
    "lanes": ("notebooks", "author"),
    "displays": ("display", "live", "show", "browser"),
    "exercises": ("grade", "record", "browser.test_exercise", "notebooks.test_lane::*solution"),
    "lessons": ("lesson", "interview", "browser.test_quiz", "notebooks.test_lane::*lesson"),
}
REST = "the rest"


class Timed(NamedTuple):
    """One test of a run; seconds with its fixtures."""

    seconds: float
    name: str

    @property
    def share(self) -> str:
        """What it belongs to."""
        place, _, test = self.name.removeprefix("tests.").partition("::")
        fits = {
            len(begin): share
            for share, begins in SHARES.items()
            for begin in begins
            if _begins(place, test, begin)
        }
        return fits[max(fits)] if fits else REST


def _begins(place: str, test: str, begin: str) -> bool:
    module, _, word = begin.partition("::*")
    return f"{place}.".startswith(f"{module}.") and word in test


def timed(folder: Path) -> Iterator[Timed]:
    """Every test that pytest ran itself: cells of a notebook's lane are part of such a test."""
    for path in sorted(folder.glob("*.xml")):
        if not path.name.startswith("lane-"):
            for case in ElementTree.parse(path).iter("testcase"):
                name = f"{case.get('classname')}::{case.get('name')}"
                yield Timed(float(case.get("time", 0)), name)


def main(folder: Path) -> None:
    """Print the shares, largest first, and the ten slowest."""
    tests = list(timed(folder))
    shares: Counter[str] = Counter()
    for test in tests:
        shares[test.share] += test.seconds
    print("Minutes by what they prove, tests that ran side by side added up:")
    for share, seconds in shares.most_common():
        print(f"  {seconds / 60:6.1f} min  {share}")
    print("The ten slowest:")
    for test in sorted(tests, reverse=True)[:10]:
        print(f"  {test.seconds:6.1f} s  {test.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
