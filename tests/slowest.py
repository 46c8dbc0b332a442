"""Prints the ten slowest tests of a run, whichever lane they ran in: `slowest.py build/junit`."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def slowest(folder: Path, count: int = 10) -> list[tuple[float, str]]:
    """Seconds and name of the slowest tests in the JUnit files of a folder, slowest first."""
    found = [
        (float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}")
        for path in sorted(folder.glob("*.xml"))
        for case in ElementTree.parse(path).iter("testcase")
    ]
    return sorted(found, reverse=True)[:count]


if __name__ == "__main__":
    print("The ten slowest:")
    for seconds, name in slowest(Path(sys.argv[1])):
        print(f"  {seconds:6.1f} s  {name}")
