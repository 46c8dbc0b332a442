"""The question bank's notebook is made of its files, and links to what shows the answers."""

import re
from pathlib import Path

import nbformat

from labapp.author.bank import FILES, PLACE, TO_COME, cells_of, make_bank
from labapp.author.claims import Claim, claims_in
from labapp.author.committed import notebooks_of

SAMPLE = """
topic = "01_sample"
title = "Sample"
[[question]]
id = "q001"
ask = "What is this?"
level = "basic"
proof = [{ claim = "c02-list" }, { exercise = "05_arguments" }, { lesson = "routing" }]
points = ["One.", "Two.", "Three."]
answer = "It is `so`."
follow_up = { ask = "Why?", says = "Since it is." }
trap = { says = "It is not.", truth = "It is." }
[[question]]
id = "q002"
ask = "And that?"
level = "deep"
proof = [{ lesson = "routing" }]
"""
CLAIM = Claim("c02-list", "A queue is a list.", "notebooks/02_six_ideas.ipynb", "2. A part", "x")


def write_sample(root: Path) -> None:
    (root / FILES).mkdir(parents=True)
    (root / FILES / "01_sample.toml").write_text(SAMPLE)


def test_a_question_is_folded_and_links_to_what_is_there(tmp_path: Path) -> None:
    write_sample(tmp_path)
    _, topic, first, second = (cell.source for cell in cells_of(tmp_path, [CLAIM]))
    assert topic == "## Sample"
    assert first.startswith("### q001\n\n**What is this?** (basic)")
    assert first.count("<details>") == first.count("</details>") == 4
    assert first.endswith("Shown in: [A queue is a list](../02_six_ideas.ipynb#2.-A-part).")
    assert second == f"### q002\n\n**And that?** (deep)\n\n{TO_COME}"


def test_a_link_to_a_heading_with_code_in_it_is_named_as_the_heading_reads(tmp_path: Path) -> None:
    write_sample(tmp_path)
    claim = CLAIM._replace(section="`-A app` picks *one*")
    assert "02_six_ideas.ipynb#-A-app-picks-one)" in cells_of(tmp_path, [claim])[2].source


def test_an_exercise_is_linked_once_it_is_there(tmp_path: Path) -> None:
    write_sample(tmp_path)
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "05_arguments.ipynb").write_text("{}")
    first = cells_of(tmp_path, [])[2].source
    assert first.endswith("[exercise 05_arguments](../../exercises/05_arguments.ipynb).")


def test_making_it_again_changes_nothing(tmp_path: Path) -> None:
    write_sample(tmp_path)
    assert make_bank(tmp_path, [CLAIM])
    first = (tmp_path / PLACE).read_bytes()
    assert not make_bank(tmp_path, [CLAIM])
    assert (tmp_path / PLACE).read_bytes() == first


def test_the_committed_notebook_is_up_to_date(checkout: Path) -> None:
    stored = nbformat.read(checkout / PLACE, as_version=4)
    made = cells_of(checkout, claims_in(notebooks_of(checkout), checkout))
    assert [c.source for c in stored.cells] == [c.source for c in made], "make build"


def test_every_link_to_a_question_hits_one(checkout: Path) -> None:
    stored = nbformat.read(checkout / PLACE, as_version=4)
    known = {cell.source[4:8] for cell in stored.cells if cell.source.startswith("### ")}
    assert len(known) == 98
    for tree in ("notebooks", "exercises", "solutions"):
        for path in (checkout / tree).rglob("*.ipynb"):
            for anchor in re.findall(r"questions\.ipynb#([^)\s\"\\]+)", path.read_text()):
                assert anchor in known, f"{path.name} links to {anchor}"
