"""A verdict says the same as text and as a table, and nothing in it can do harm."""

import pytest

from labapp.grade.picture import as_html
from labapp.grade.verdict import Requirement, Verdict

pytestmark = pytest.mark.unit
ROWS = (
    Requirement("POST /orders is accepted", True, "202", "202"),
    Requirement("A label is printed", False, "1 label", "0 labels", "order 7312"),
)
VERDICT = Verdict(
    "05_arguments", "failed", ROWS, "set-sent", "A `set` was sent. Send a list.", 77, 3.2,
    {"worker": ["the last line"]},
)  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\u202egnp"


def test_its_text_names_each_requirement_with_what_was_seen() -> None:
    assert repr(VERDICT).splitlines() == [
        "05_arguments: not yet, 1 of 2 hold",
        "  ✓ passed: POST /orders is accepted",
        "  ✗ failed: A label is printed",
        "      expected 1 label; seen 0 labels",
        "  set-sent: A `set` was sent. Send a list.",
    ]


def test_its_text_holds_nothing_that_differs_from_run_to_run() -> None:
    for private in ("7312", "77", "3.2", "the last line"):
        assert private not in repr(VERDICT)


def test_its_table_holds_all_of_it_without_script_or_style_sheet() -> None:
    html = as_html(VERDICT)
    for told in (
        *("✓&nbsp;passed", "✗&nbsp;failed", "1 label", "0 labels", "order 7312", "seed 77"),
    ):
        assert told in html
    assert "<code>set</code>" in html
    assert "the last line" in html
    assert "<script" not in html
    assert "class=" not in html


def test_a_passing_one_names_no_wrong_path_and_no_seed() -> None:
    passed = Verdict("05_arguments", "passed", ROWS[:1], seed=77)
    assert repr(passed).startswith("05_arguments: passed, 1 of 1 hold")
    assert "seed" not in as_html(passed)


@pytest.mark.parametrize("place", ["says", "expected", "seen", "detail", "advice", "log"])
def test_hostile_text_is_shown_and_not_run(place: str) -> None:
    told = {"says": "x", "expected": "x", "seen": "x", "detail": "x"}
    row = Requirement.of({**told, **({place: HOSTILE} if place in told else {}), "passed": False})
    verdict = Verdict(
        "05_arguments", "failed", (row,), "set-sent", HOSTILE if place == "advice" else "x",
        logs={"worker": [HOSTILE if place == "log" else "x"]},
    )  # fmt: skip
    html = as_html(verdict)
    assert "<img" not in html
    assert "&lt;img" in html
    assert "\x1b" not in html + repr(verdict).replace("\n", "")
    assert "\u202e" not in html


def test_a_row_that_the_judge_did_not_write_well_passes_nothing() -> None:
    assert not Requirement.of({"says": "x", "passed": "yes"}).passed


def test_the_bundle_has_a_table_and_the_text() -> None:
    bundle = VERDICT._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == repr(VERDICT)
