"""Takes out of a run notebook what tells of the machine and not of the lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: What Lab or a kernel writes into a cell's metadata in passing.
CELL_TRACES = ("execution", "collapsed", "scrolled", "ExecuteTime")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def trim(notebook: NotebookNode) -> None:
    """Trim in place: run times, versions, widget state and the names of things that have ended."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        for trace in CELL_TRACES:
            cell.metadata.pop(trace, None)
        for output in cell.get("outputs", []):
            # The id serves a display while its kernel lives; it is another one in each run.
            output.pop("transient", None)
            if output.output_type == "error":
                # Its frames name files of the machine; what was raised is the lesson.
                output["traceback"] = [f"{output.ename}: {output.evalue}"]
