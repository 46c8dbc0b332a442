"""What an executed notebook holds: real kernels, a real Redis, real workers."""

import json

import nbformat
import pytest

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def urls(server, worker):
    return {"broker": server.url(), "backend": server.url(1)}


def outputs(notebook, cell):
    return notebook.cells[cell].outputs


def text_of(notebook):
    return nbformat.writes(notebook)


WATCH_ONE = 'watch(app.send_task("steps", kwargs={"count": 6, "pause": 0.05})).wait(30)'
WATCH_MANY = """jobs = [app.send_task("echo", [n]) for n in range(3)]
jobs.append(app.send_task("boom", ["<script>alert(1)</script>"]))
w = watch(jobs)
w.wait(30);"""


def test_a_watched_task_leaves_one_picture_and_no_widget(run_notebook, urls):
    # Slow enough to be seen at work where the front end takes its time to be imported.
    notebook, client = run_notebook(WATCH_ONE.replace("0.05", "0.5"), **urls)
    (output,) = outputs(notebook, 1)
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/plain", "text/html"}
    assert output.data["text/plain"] == "Progress of 1 task"
    assert "{&#x27;made&#x27;: 6}" in output.data["text/html"]
    assert client.comm_messages >= 3
    assert "widgets" not in notebook.metadata


def test_three_runs_give_the_same_notebook_byte_by_byte(run_notebook, urls):
    runs = [text_of(run_notebook(WATCH_ONE, WATCH_MANY, **urls)[0]) for _ in range(3)]
    assert VIEW not in runs[0]
    assert runs[0] == runs[1] == runs[2]


def test_markup_from_a_task_is_stored_as_text(run_notebook, urls):
    notebook, _ = run_notebook(WATCH_MANY, **urls)
    (output,) = outputs(notebook, 1)
    assert "<script>" not in output.data["text/html"]
    assert "ValueError: &lt;script&gt;" in output.data["text/html"]


def test_while_it_lives_the_view_has_a_timeless_placeholder_beside_it(run_notebook, urls):
    notebook, _ = run_notebook(
        'held = watch(app.send_task("steps", kwargs={"count": 2, "pause": 3}))', **urls
    )
    (output,) = outputs(notebook, 1)
    assert set(output.data) == {VIEW, "text/html", "text/plain"}
    assert output.data["text/html"] == (
        "<p>Progress of 1 task: run this cell to watch it live.</p>"
    )


def test_what_has_ended_before_is_shown_as_a_picture_alone(run_notebook, urls):
    notebook, client = run_notebook(
        'job = app.send_task("echo", [7]); job.get(timeout=30);', "watch(job)", **urls
    )
    (output,) = outputs(notebook, 2)
    assert set(output.data) == {"text/plain", "text/html"}
    assert client.comm_messages == 0


def test_shown_again_in_a_later_cell_both_end_as_pictures(run_notebook, urls):
    notebook, _ = run_notebook(
        'w = watch(app.send_task("steps", kwargs={"count": 4, "pause": 0.2}))',
        "w",
        "w.wait(30);",
        **urls,
    )
    first, second = outputs(notebook, 1), outputs(notebook, 2)
    assert len(first) == len(second) == 1
    assert first[0].data == second[0].data
    assert VIEW not in first[0].data


def test_a_thousand_tasks_send_few_messages(run_notebook, urls):
    notebook, client = run_notebook(
        "import time; started = time.time()\n"
        'w = watch([app.send_task("echo", [n]) for n in range(1_000)]); w.wait(60)\n'
        "print(time.time() - started)",
        **urls,
    )
    took = float(outputs(notebook, 1)[-1].text)
    assert client.comm_messages <= 20 * took + 5
    # One message each tick holds what changed; the thousand themselves are never sent.
    assert len(text_of(notebook)) < 20_000


def test_without_widgets_there_is_html_and_text_alone(run_notebook, urls):
    block = 'import sys; sys.modules["anywidget"] = None'
    notebook, client = run_notebook(block, WATCH_ONE, **urls)
    (output,) = outputs(notebook, 2)
    assert set(output.data) == {"text/plain", "text/html"}
    assert "success" in output.data["text/html"]
    assert client.comm_messages == 0


def test_without_widgets_it_says_when_there_will_be_something_to_see(run_notebook, urls):
    block = 'import sys; sys.modules["anywidget"] = None'
    held = 'held = watch(app.send_task("steps", kwargs={"count": 2, "pause": 3}))'
    notebook, _ = run_notebook(block, held, **urls)
    (output,) = outputs(notebook, 2)
    assert set(output.data) == {"text/plain", "text/html"}
    assert "it is shown here when it has ended" in output.data["text/html"]
    assert "install ipywidgets and anywidget" in output.data["text/html"]


def test_labels_that_only_events_told_are_not_in_the_stored_picture(run_notebook, urls):
    cells = (
        "import time\n"
        'first = watch(app.send_task("steps", kwargs={"count": 1, "pause": 6}), events=True)\n'
        'while first.snapshot()["events"] != "heard": time.sleep(0.1)\n'
        "time.sleep(1)",
        'w = watch([app.send_task("nap", [1]), app.send_task("nap", [1])], events=True)\n'
        "time.sleep(0.6)\n"
        'print(w._view()["row:1"]["label"])\n'
        "w.wait(20);",
    )
    notebook, _ = run_notebook(*cells, **urls)
    picture = next(o.data["text/html"] for o in outputs(notebook, 2) if "data" in o)
    assert [o.text for o in outputs(notebook, 2) if "text" in o] == ["nap 2\n"]
    assert "task&nbsp;2" in picture


def test_a_display_that_cannot_be_drawn_says_so_and_the_task_is_waited_for(run_notebook, urls):
    breaks = (
        "import labapp.show.watching as module\n"
        'def broken(view): raise RuntimeError("out of <ink>")\n'
        "module.view_of = broken"
    )
    notebook, _ = run_notebook(breaks, WATCH_ONE + '.snapshot()["counts"]', **urls)
    shown = json.dumps(outputs(notebook, 2))
    assert "The progress cannot be drawn: out of &lt;ink&gt;" in shown
    assert "SUCCESS" in shown
    assert "Traceback" not in shown


def test_waiting_in_vain_is_one_sentence_without_our_frames(run_notebook, own_server):
    own_server.kill()
    notebook, _ = run_notebook(
        'from celery.result import AsyncResult\nwatch(AsyncResult("x", app=app)).wait(0.2)',
        broker=own_server.url(),
        backend=own_server.url(),
        allow_errors=True,
    )
    error = next(o for o in outputs(notebook, 1) if o.output_type == "error")
    assert len(error.traceback) == 1
    assert error.traceback[0].startswith("TimeoutError: 1 of 1 task has not ended")


def test_redis_gone_from_the_start_is_a_sentence_and_no_hang(run_notebook, own_server):
    own_server.kill()
    notebook, _ = run_notebook(
        "from celery.result import AsyncResult\n"
        'w = watch(AsyncResult("x", app=app))\n'
        "try:\n    w.wait(1)\nexcept TimeoutError as error:\n    print(error)",
        broker=own_server.url(),
        backend=own_server.url(),
    )
    said = next(o.text for o in outputs(notebook, 1) if o.output_type == "stream")
    assert said == (
        "1 of 1 task has not ended after 1 s: task (waiting). "
        f"Redis at 127.0.0.1:{own_server.port} is gone.\n"
    )
