"""`labapp new-exercise NAME`: a whole exercise to begin from, which its proofs already cover.

The skeleton works: a small system with one mistake, a check, answers, a notebook. What it lacks
(more answers, your story) is what `labapp check --prove` then names.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from labapp.author.refuse import BuildError
from labapp.desk.place import find_checkout

SKELETON = Path(__file__).with_name("skeleton")
CATALOGUE = Path("labapp/grade/catalogue")
#: Where each file of the skeleton goes; `$id` and `$word` are the new exercise's.
PLACES = {
    "exercise.toml": "labapp/grade/catalogue/$id/exercise.toml",
    "broken.py.txt": "labapp/grade/catalogue/$id/broken/counter.py",
    "check.py.txt": "labapp/grade/checks/$word.py",
    "right.py.txt": "tests/grade/answers/$id/right/smallest_change/counter.py",
    "right.toml": "tests/grade/answers/$id/right/smallest_change/case.toml",
    "wrong.py.txt": "tests/grade/answers/$id/wrong/called_like_a_function/counter.py",
    "wrong.toml": "tests/grade/answers/$id/wrong/called_like_a_function/case.toml",
    "fooling.py.txt": "tests/grade/answers/$id/fooling/constant/counter.py",
    "fooling.toml": "tests/grade/answers/$id/fooling/constant/case.toml",
    "solution.ipynb.txt": "solutions/$id.ipynb",
}


def run_new_exercise(name: str, root: Path | None = None) -> int:
    """Write the skeleton under the next free number, and say what to do with it."""
    root = root or find_checkout()
    written = write_skeleton(name, root)
    for path in written:
        print(f"- {path.relative_to(root)}")
    made = written[0].parent.name
    print(f"Then: labapp build, labapp check --prove {made}. docs/new-exercise.md tells the rest.")
    return 0


def write_skeleton(name: str, root: Path) -> list[Path]:
    """The files that were written; BuildError for a name that cannot be, or that is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise BuildError(f"{name!r} is no name for an exercise: write lower_case_words.")
    taken = [path.name for path in (root / CATALOGUE).iterdir() if path.name[:2].isdigit()]
    if name in {one.partition("_")[2] for one in taken}:
        raise BuildError(f"There is an exercise {name!r} already.")
    number = max((int(one[:2]) for one in taken), default=0) + 1
    title = name.replace("_", " ").capitalize()
    words = {"id": f"{number:02d}_{name}", "word": name, "title": title}
    written = []
    for source, place in PLACES.items():
        path = root / Template(place).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (SKELETON / source).read_text(encoding="utf-8")
        path.write_text(Template(text).safe_substitute(words), encoding="utf-8")
        written.append(path)
    return written
