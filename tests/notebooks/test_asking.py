"""A lesson with predictions and a quiz passes its lane although nobody is there to answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labapp.author.build import build_notebook
from labapp.record import Record
from tests.notebooks.samples import cell, put

ASKED = """from labapp import predict, quiz
guess = predict("00-reply")"""
CELLS = {
    ASKED: "c99-asked",
    "guess.outcome(0.004)": "c99-outcome",
    "quiz('00')": "c99-quiz",
    # As if somebody answered: it goes on record wherever the kernel's record is.
    "from labapp.record import Record; print(Record().add('quiz', 'of-a-lane', 'right'))": "c99-on",
}


def test_what_a_build_stored_is_what_the_lanes_see(
    run_lane: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "notebooks"
    path = put(folder, "09_asks", *(cell(source, claim=claim) for source, claim in CELLS.items()))
    assert build_notebook(path)
    for mode in ("--nbval", "--nbval-lax"):
        lane = run_lane(folder, mode)
        assert lane.code == 0, lane.text
        assert "4 passed" in lane.text
        own = Record(lane.runs.parent / "record.sqlite3")
        assert own.counts() == {"right": 1}
    assert Record().outcomes(subject="of-a-lane") == []
