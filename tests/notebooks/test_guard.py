"""The committed notebooks are fit to be judged; and the guard that says so sees what it must."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labapp.author.build import shown_by, source_hash
from labapp.author.claims import checked_cells, committed_counts, too_few
from labapp.author.committed import notebooks_of
from labapp.author.refuse import WIDGET_VIEW, faults

CHECKOUT = Path(__file__).resolve().parents[2]
COMMITTED = list(notebooks_of(CHECKOUT))


def name_of(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


@pytest.mark.parametrize("path", COMMITTED, ids=name_of)
def test_a_committed_notebook_is_fit(path: Path) -> None:
    assert faults(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", COMMITTED, ids=name_of)
def test_a_committed_notebook_was_built_from_what_it_says_now(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    built = notebook.metadata.get("labapp", {}).get("built")
    now = source_hash(notebook, shown_by(path))
    assert built == now, "its source changed since it ran: make build"


@pytest.mark.parametrize("path", COMMITTED, ids=name_of)
def test_a_committed_notebook_names_no_place_of_a_machine(path: Path) -> None:
    text = path.read_text()
    for place in ("/home/", "/Users/", "/tmp/", f"{Path.home()}/", str(CHECKOUT)):
        assert place not in text, f"{place} is in its sources or outputs"
    given = [cell.get("outputs", []) for cell in nbformat.read(path, as_version=4).cells]
    assert "site-packages" not in str(given)


def test_no_notebook_checks_less_than_it_did() -> None:
    assert too_few(checked_cells(COMMITTED, CHECKOUT), committed_counts(CHECKOUT)) == []


def test_every_notebook_has_its_count() -> None:
    now = checked_cells(COMMITTED, CHECKOUT)
    assert committed_counts(CHECKOUT) == now, "make build writes the counts that grew"


def test_a_check_that_was_taken_away_is_told() -> None:
    (told,) = too_few({"notebooks/00.ipynb": 3}, {"notebooks/00.ipynb": 4})
    assert "has 3 checked cells, and had 4" in told


def test_there_is_a_first_notebook() -> None:
    assert CHECKOUT / "notebooks" / "00_start_here.ipynb" in COMMITTED


def ran(source: str, *outputs: nbformat.NotebookNode, **more: object) -> nbformat.NotebookNode:
    return new_code_cell(source, execution_count=1, outputs=list(outputs), **more)


def test_a_true_notebook_is_passed() -> None:
    text = new_output("stream", name="stdout", text="2\n")
    assert faults(new_notebook(cells=[new_markdown_cell("# One"), ran("print(2)", text)])) == []


def test_an_empty_cell_needs_no_run() -> None:
    assert faults(new_notebook(cells=[new_code_cell("  \n")])) == []


def test_a_cell_that_was_never_run_is_refused() -> None:
    assert faults(new_notebook(cells=[ran("1"), new_code_cell("2")])) == ["cell 2 was never run"]


def test_a_widget_view_is_refused() -> None:
    view = new_output("display_data", data={WIDGET_VIEW: {"model_id": "x"}, "text/plain": "bar"})
    assert "cell 1 holds a widget view" in faults(new_notebook(cells=[ran("show()", view)]))[0]


def test_a_picture_without_words_is_refused() -> None:
    plot = new_output("display_data", data={"image/png": "iVBOR", "text/plain": "<Figure>"})
    assert "cell 1 holds a picture without words" in faults(new_notebook(cells=[ran("1", plot)]))[0]


def test_widget_state_is_refused() -> None:
    notebook = new_notebook(cells=[ran("1")], metadata={"widgets": {}})
    assert faults(notebook) == ["its metadata holds widget state"]


def test_an_error_is_refused_unless_a_tag_expects_it() -> None:
    error = new_output("error", ename="ValueError", evalue="no", traceback=[])
    assert "no raises-exception tag" in faults(new_notebook(cells=[ran("fail()", error)]))[0]
    expected = ran("fail()", error, metadata={"tags": ["raises-exception"]})
    assert faults(new_notebook(cells=[expected])) == []


CLAIM = {"id": "c1", "says": "Two is two."}
CHECKED = {"tags": ["nbval-check-output"]}


def two(claim: object = None, **metadata: object) -> nbformat.NotebookNode:
    text = new_output("stream", name="stdout", text="2\n")
    return ran(
        "print(2)", text, metadata=metadata | ({"labapp": {"claim": claim}} if claim else {})
    )


def test_a_claim_that_is_checked_is_passed() -> None:
    assert faults(new_notebook(cells=[two(CLAIM, **CHECKED)])) == []


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (two(**CHECKED), "names no claim"),
        (two(CLAIM), "a claim that nothing checks"),
        (two({"id": "", "says": "Two is two."}, **CHECKED), "without an id"),
        (two({"id": "c1", "says": "two"}, **CHECKED), "without a sentence"),
        (ran("pass", metadata=CHECKED | {"labapp": {"claim": CLAIM}}), "nothing to compare"),
        (ran("pass", metadata={"tags": ["raises-exception"]}), "expects an error"),
    ],
)
def test_an_empty_promise_is_refused(cell: nbformat.NotebookNode, why: str) -> None:
    (fault,) = faults(new_notebook(cells=[cell]))
    assert why in fault


def test_a_claim_made_twice_is_refused() -> None:
    (fault,) = faults(new_notebook(cells=[two(CLAIM, **CHECKED), two(CLAIM, **CHECKED)]))
    assert fault == "cell 2 has the claim 'c1' once more"
