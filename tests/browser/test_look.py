"""What a learner sees of a look into Redis, also in a notebook that was never run here."""

from pathlib import Path

import nbformat
from axe_playwright_python.sync_playwright import Axe
from celery import Celery
from playwright.sync_api import expect

from labapp import queue
from tests.browser.conftest import Desk
from tests.browser.notebooks import Notebook, shoot

START = "from labapp import Lab\nlab = Lab(web=None).start()\nlab.worker.stop()"
SEND = """task = "labapp.tasks.long_running.long_running_task"
lab.celery.send_task(task, kwargs={"seconds": 3}, countdown=60)
lab.celery.send_task(task, args=["<img src=x onerror='window.hacked = 1'>"], priority=6)
lab.queue()"""


def test_a_scheduled_message_is_opened_with_the_keyboard(notebook: Notebook, shots: Path) -> None:
    notebook.open("look", [START, SEND])
    notebook.run(0)
    notebook.run(1)
    output = notebook.output(1)
    expect(output).to_contain_text("Queue celery: 2 waiting")
    expect(output).to_contain_text("long_running_task.apply_async(kwargs={'seconds': 3}, eta=")
    expect(output).to_contain_text("<img src=x onerror='window.hacked = 1'>")
    assert notebook.page.evaluate("window.hacked") is None
    a_message_opens(notebook)
    expect(output).to_contain_text("Not before this moment")
    shoot(notebook, 1, shots, "queue_scheduled")
    context = ".jp-Cell:nth-of-type(2) .jp-RenderedHTMLCommon"
    found = Axe().run(notebook.page, context=context)
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 3


def test_it_reads_the_same_in_a_notebook_that_was_never_run_here(
    notebook: Notebook, desk: Desk, shots: Path
) -> None:
    app = Celery("elsewhere", broker="memory://", set_as_current=False)
    app.send_task("shop.resize", args=["<i>mine</i>"], countdown=60)
    output = nbformat.v4.new_output(
        "execute_result", data=queue(app)._repr_mimebundle_(), execution_count=2
    )
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("2", outputs=[output])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), desk.my / "stored.ipynb")
    notebook.visit("stored")
    trusted = "window.jupyterapp.shell.currentWidget.content.model.cells.get(1).trusted"
    assert notebook.page.evaluate(trusted) is False
    expect(notebook.output(1)).to_contain_text("resize.apply_async(args=['<i>mine</i>'], eta=")
    a_message_opens(notebook)
    notebook.output(1).screenshot(path=shots / "queue_untrusted.png")


def a_message_opens(notebook: Notebook) -> None:
    """With the keyboard alone."""
    first = notebook.output(1).locator("details").first
    inside = first.get_by_text("The arguments, the keyword arguments, and what follows")
    expect(inside).not_to_be_visible()
    first.locator("summary").focus()
    notebook.page.keyboard.press("Enter")
    expect(inside).to_be_visible()
