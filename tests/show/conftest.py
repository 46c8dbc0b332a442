import os

import nbformat
import pytest
from nbclient import NotebookClient

from tests.live.conftest import app, own_server, server, worker

__all__ = ["app", "own_server", "server", "worker"]

CONNECT = """
import os
from celery import Celery
app = Celery("n", broker=os.environ["BROKER"], backend=os.environ["BACKEND"], set_as_current=False)
from labapp import Lab, watch
"""


class Counting(NotebookClient):
    """Counts what travels to the page while a notebook runs."""

    comm_messages = 0

    def process_message(self, msg, cell, cell_index):
        self.comm_messages += msg["msg_type"].startswith("comm_msg")
        return super().process_message(msg, cell, cell_index)


@pytest.fixture
def run_notebook(tmp_path, monkeypatch):
    """Run cells in a real kernel; the executed notebook comes back, with its client."""

    def run(*cells, broker="", backend="", **options):
        monkeypatch.setitem(os.environ, "BROKER", broker)
        monkeypatch.setitem(os.environ, "BACKEND", backend)
        # As a kernel of JupyterLab has it: under pytest's own variable ipykernel behaves otherwise.
        monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
        sources = [CONNECT, *cells]
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(source, id=f"cell{number}")
                for number, source in enumerate(sources)
            ]
        )
        client = Counting(
            notebook,
            timeout=60,
            kernel_name="python3",
            store_widget_state=False,
            resources={"metadata": {"path": str(tmp_path)}},
            **options,
        )
        # As JupyterLab does it; cells of one source stand for one cell that is run again.
        client.on_cell_execute = lambda cell, cell_index: client.kc.session.metadata.update(
            cellId=notebook.cells[sources.index(cell.source)].id
        )
        client.execute()
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        return notebook, client

    return run
