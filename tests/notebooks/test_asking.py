"""A lesson with predictions and a quiz passes its lane although nobody is there to answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from labapp.author.build import build_notebook
from labapp.lesson.content import lesson_of, prediction_of
from labapp.lesson.pages import prediction_page, quiz_page
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


def test_what_a_lesson_stored_of_its_questions_is_what_its_file_asks_now(checkout: Path) -> None:
    seen, stale = 0, set()
    for path in sorted((checkout / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for one in nbformat.read(path, as_version=4).cells:
            for data in (output.get("data", {}) for output in one.get("outputs", [])):
                name, html = data.get("text/plain", ""), data.get("text/html", "")
                if html.startswith("<p><strong>Predict:"):
                    now = prediction_page(prediction_of(name.removeprefix("Prediction ")), "")
                elif html.startswith("<p><strong>Quiz<"):
                    now = quiz_page(lesson_of(path.stem).question, {})
                else:
                    continue
                seen += 1
                stale |= {f"{path.stem}: {name}"} if html != now else set()
    assert seen > 20
    assert stale == set(), "make build ALL=1"


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
