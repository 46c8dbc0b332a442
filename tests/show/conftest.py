import os
import time

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
    """Counts what travels to the page while a notebook runs, and times the cells."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.comm_times, self.comm_bytes, self.took = [], 0, []

    @property
    def comm_messages(self):
        return len(self.comm_times)

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "comm_msg":
            self.comm_times.append(msg["header"]["date"].timestamp())
            self.comm_bytes += len(str(msg["content"]))
        return super().process_message(msg, cell, cell_index)

    async def async_execute_cell(self, *args, **options):
        begin = time.monotonic()
        try:
            return await super().async_execute_cell(*args, **options)
        finally:
            self.took.append(time.monotonic() - begin)


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
            coalesce_streams=True,  # one print may arrive in two messages
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
