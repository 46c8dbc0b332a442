"""The Lab in a real kernel, with everything it starts."""

import nbformat

VIEW = "application/vnd.jupyter.widget-view+json"
START = "lab = Lab().start()"
STOP = "lab.stop()"


def test_a_lab_leaves_pictures_and_three_runs_are_equal(run_notebook):
    cells = [
        START,
        'job = lab.submit("thumbnails", count=4)\nwatch(job)',
        "job.get(timeout=30)['pictures']",
        STOP,
    ]
    runs = [run_notebook(*cells)[0] for _ in range(3)]
    panel = runs[0].cells[1].outputs
    assert len(panel) == 1
    assert panel[0].data["text/plain"] == "Lab: Redis, workers and a web app"
    assert "prefork, 2 slots" in panel[0].data["text/html"]
    assert "stopped" in panel[0].data["text/html"]
    assert "killed" not in panel[0].data["text/html"]
    assert "thumbnails" in runs[0].cells[2].outputs[0].data["text/html"]
    assert runs[0].cells[3].outputs[0].data["text/plain"] == "4"
    texts = [nbformat.writes(run) for run in runs]
    assert VIEW not in texts[0]
    assert texts[0] == texts[1] == texts[2]


def test_get_returns_once_the_watched_picture_is_drawn(run_notebook):
    cells = [
        START,
        'job = lab.submit("long_running_task", seconds=1)\nw = watch(job)\njob.get(timeout=30)\n'
        "print(w._output.finished)",
        STOP,
    ]
    notebook, _ = run_notebook(*cells)
    assert notebook.cells[2].outputs[-1].text == "True\n"


def test_stopping_ends_what_is_still_watched(run_notebook):
    notebook, _ = run_notebook(
        START,
        'w = watch([lab.submit("long_running_task", seconds=60) for _ in range(3)])',
        STOP,
        STOP,
    )
    picture = notebook.cells[2].outputs[0].data
    assert VIEW not in picture
    assert "The lab was stopped." in picture["text/html"]
    assert "waiting" in picture["text/html"]


def test_started_twice_there_is_one_panel_and_started_anew_another(run_notebook):
    notebook, _ = run_notebook(START, "lab.start()", STOP, "lab.start();", STOP)
    counts = [
        sum("text/html" in output.get("data", {}) for output in cell.outputs)
        for cell in notebook.cells[1:]
    ]
    assert counts == [1, 1, 0, 1, 0]  # the second cell shows the running one again
    assert VIEW not in nbformat.writes(notebook)


def test_a_cell_that_is_run_again_replaces_the_lab_that_it_started(run_notebook):
    notebook, _ = run_notebook(
        "lab = Lab(worker=None, web=None).start()",
        "first = lab.start()",  # harmless, and no second home
        "other = Lab(worker=None, web=None).start()",
        "lab = Lab(worker=None, web=None).start()",
        "print(first.running, other.running, lab.running, lab._panel.switches.message)",
        "lab.stop(); other.stop()",
    )
    said = "This cell was run again, so the lab that it started before was ended."
    assert notebook.cells[5].outputs[0].text == f"False True True {said}\n"
    assert VIEW not in nbformat.writes(notebook)


def test_one_run_of_a_cell_may_start_several_labs(run_notebook):
    notebook, _ = run_notebook(
        "labs = [Lab(worker=None, web=None).start() for _ in range(2)]",
        "print([lab.running for lab in labs])",
        "for lab in labs: lab.stop()",
    )
    assert notebook.cells[2].outputs[0].text == "[True, True]\n"


def test_a_lab_that_cannot_start_says_why_in_one_sentence(run_notebook, tmp_path):
    notebook, _ = run_notebook(
        'lab = Lab(worker="nowhere:celery", web=None)', "lab.start()", allow_errors=True
    )
    outputs = notebook.cells[2].outputs
    error = next(output for output in outputs if output.output_type == "error")
    assert len(error.traceback) == 1
    assert "nowhere" in error.traceback[0]
    assert VIEW not in nbformat.writes(notebook)


def test_no_password_is_in_the_notebook(run_notebook):
    notebook, _ = run_notebook(
        START,
        "lab",
        "lab.redis",
        "print(lab.redis_url)",
        "import hashlib",
        STOP,
        "print(lab.redis._password)",
    )
    password = notebook.cells[-1].outputs.pop().text.strip()
    assert len(password) > 10
    assert password not in nbformat.writes(notebook)
