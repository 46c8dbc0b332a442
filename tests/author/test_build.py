"""The build stores true outputs, changes nothing twice, and refuses what must not be committed."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labapp.author import build
from labapp.author.build import build_notebook, run_build, shown_by
from labapp.author.claims import COUNTS
from labapp.author.refuse import BuildError
from labapp.grade.manifest import CHECKS

pytestmark = pytest.mark.services  # each test starts a kernel: a second or two

WIDGET = """\
from IPython.display import display
view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "bar"}
shown = display(view, raw=True, display_id=True)"""


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A folder of lessons with one notebook that was never run."""
    path = tmp_path / "notebooks" / "00_lesson.ipynb"
    path.parent.mkdir()
    write(path, "print(6 * 7)")
    return path


def write(path: Path, *sources: str, tags: tuple[str, ...] = ()) -> None:
    cells = [new_code_cell(source, metadata={"tags": list(tags)}) for source in sources]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# A lesson"), *cells]), path)


def outputs(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [output.get("text", "") for cell in cells for output in cell.get("outputs", [])]


def test_a_build_stores_the_outputs_and_a_second_one_changes_nothing(lesson: Path) -> None:
    assert build_notebook(lesson)
    assert outputs(lesson) == ["42\n"]
    stored = lesson.read_bytes()
    assert not build_notebook(lesson)
    assert lesson.read_bytes() == stored


def test_building_everything_twice_gives_the_same_bytes(lesson: Path) -> None:
    build_notebook(lesson)
    stored = lesson.read_bytes()
    assert build_notebook(lesson, always=True)
    assert lesson.read_bytes() == stored


def test_a_changed_source_is_run_again(lesson: Path) -> None:
    build_notebook(lesson)
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells[1].source = "print('changed')"
    nbformat.write(notebook, lesson)
    assert build_notebook(lesson)
    assert outputs(lesson) == ["changed\n"]


def test_what_a_notebook_writes_lands_in_a_copy_of_its_folder(lesson: Path) -> None:
    (lesson.parent / "data.txt").write_text("beside it")
    write(lesson, "print(open('data.txt').read())", "open('written.txt', 'w').close()")
    build_notebook(lesson)
    assert outputs(lesson) == ["beside it\n"]
    assert not (lesson.parent / "written.txt").exists()


def test_what_a_lesson_says_of_itself_outlives_a_build(lesson: Path) -> None:
    said = {"minutes": 5, "level": "beginner", "prerequisites": [], "objectives": ["see a sum"] * 2}
    notebook = nbformat.read(lesson, as_version=4)
    notebook.metadata["labapp"] = said
    nbformat.write(notebook, lesson)
    assert build_notebook(lesson)
    stored = nbformat.read(lesson, as_version=4).metadata["labapp"]
    assert {key: stored[key] for key in said} == said
    assert "built" in stored


def test_a_failing_cell_is_refused_and_the_file_left_alone(lesson: Path) -> None:
    write(lesson, "1 / 0")
    before = lesson.read_bytes()
    with pytest.raises(BuildError, match="ZeroDivisionError: division by zero"):
        build_notebook(lesson)
    assert lesson.read_bytes() == before


def test_an_expected_error_is_stored(lesson: Path) -> None:
    write(lesson, "1 / 0", tags=("raises-exception",))
    assert build_notebook(lesson)


def test_a_display_that_has_not_ended_is_refused(lesson: Path) -> None:
    write(lesson, WIDGET)
    with pytest.raises(BuildError, match="cell 2 holds a widget view"):
        build_notebook(lesson)


def test_a_display_that_ended_is_stored_as_its_picture(lesson: Path) -> None:
    write(lesson, WIDGET, "shown.update({'text/plain': 'bar'}, raw=True)")
    assert build_notebook(lesson)
    cells = nbformat.read(lesson, as_version=4).cells
    assert cells[1].outputs[0].data == {"text/plain": "bar"}


def test_a_kernel_that_dies_is_told(lesson: Path) -> None:
    write(lesson, "import os; os._exit(1)")
    with pytest.raises(BuildError, match="kernel died"):
        build_notebook(lesson)


def test_no_trace_of_the_machine_is_stored(lesson: Path) -> None:
    build_notebook(lesson)
    notebook = nbformat.read(lesson, as_version=4)
    assert notebook.metadata.language_info == {"name": "python"}
    assert not any("execution" in cell.metadata for cell in notebook.cells)
    assert str(lesson.parents[1]) not in lesson.read_text()


def test_the_verb_names_what_it_built_and_what_it_refused(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(lesson.with_name("01_bad.ipynb"), "1 / 0")
    root = lesson.parents[1]
    assert run_build(checkout=root) == 1
    told = capsys.readouterr()
    assert "built notebooks/00_lesson.ipynb" in told.out
    assert "refused notebooks/01_bad.ipynb" in told.err
    lesson.with_name("01_bad.ipynb").unlink()
    assert run_build(checkout=root) == 0


def test_an_output_that_says_the_same_is_kept_as_it_was(lesson: Path) -> None:
    write(lesson, "import uuid; print('job', uuid.uuid4())", "print(1)")
    build_notebook(lesson)
    (job, _) = outputs(lesson)
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells[2].source = "print(2)"
    nbformat.write(notebook, lesson)
    assert build_notebook(lesson)
    assert outputs(lesson) == [job, "2\n"]


def test_an_output_of_a_changed_cell_is_new_even_if_it_says_the_same(lesson: Path) -> None:
    write(lesson, "import uuid; print('job', uuid.uuid4())")
    build_notebook(lesson)
    (job,) = outputs(lesson)
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells[1].source += "  # said once more"
    nbformat.write(notebook, lesson)
    build_notebook(lesson)
    assert outputs(lesson) != [job]


def test_a_build_raises_the_count_of_checks_and_never_lowers_it(lesson: Path) -> None:
    counts = lesson.parents[1] / COUNTS
    counts.parent.mkdir(parents=True)
    counts.write_text('{"notebooks/00_lesson.ipynb": 0, "notebooks/01_gone.ipynb": 3}')
    write(lesson, "print(6 * 7)", tags=("nbval-check-output",))
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells[1].metadata["labapp"] = {"claim": {"id": "c", "says": "It is 42."}}
    nbformat.write(notebook, lesson)
    assert run_build(checkout=lesson.parents[1]) == 0
    assert json.loads(counts.read_text()) == {
        "notebooks/00_lesson.ipynb": 1,
        "notebooks/01_gone.ipynb": 3,
    }


def test_a_solution_is_run_again_when_a_module_of_its_check_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = shutil.copytree(CHECKS, tmp_path / "checks")
    monkeypatch.setattr(build, "CHECKS", copied)
    mine = Path("solutions/01_worker_not_started.ipynb")
    other = Path("solutions/02_redis_not_running.ipynb")
    before = shown_by(mine), shown_by(other)
    with (copied / "album.py").open("a", encoding="utf-8") as module:
        module.write("# changed\n")
    assert shown_by(mine) != before[0]
    assert shown_by(other) == before[1]
