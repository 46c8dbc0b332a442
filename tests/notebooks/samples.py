"""Notebooks to try the lanes on: one that is true, and one for each reason to refuse."""

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

CHECK = "nbval-check-output"


def stream(text: str) -> Any:
    return new_output("stream", name="stdout", text=text)


def cell(source: str, *outputs: Any, ran: bool = True, claim: str = "", tags: Any = ()) -> Any:
    """A code cell that was run; with a claim it is tagged to be checked, and says so."""
    metadata: dict[str, Any] = {"tags": [*tags, CHECK] if claim else list(tags)}
    if claim:
        metadata["labapp"] = {"claim": {"id": claim, "says": "It is as the output says."}}
    count = 1 if ran else None
    return new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)


def put(folder: Path, name: str, *cells: Any, **metadata: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def html(then: str) -> Any:
    return new_output("display_data", data={"text/html": then, "text/plain": "a bar"})


UUID = "import uuid; print(uuid.uuid4())"
SHOW = """\
from IPython.display import display
display({'text/html': 'now', 'text/plain': 'a bar'}, raw=True)"""
LEAK = """\
import subprocess, os
left = subprocess.Popen(['sleep', '300'], start_new_session=True)"""
LAB = """\
from labapp import Stack
stack = Stack(web=None).start()
print(stack.running)"""


def write_samples(folder: Path) -> None:
    """Every sample; the name of each that must be refused begins with `no_`."""
    a = cell("print(6 * 7)", stream("42\n"), claim="s-true")
    put(folder, "true_text", a, cell("pass"))
    put(folder, "true_picture", cell(SHOW, html("then")))
    mixed = "print('job', __import__('uuid').uuid4())"
    old = "job 11111111-2222-4333-8444-555555555555\n"
    put(folder, "true_sanitised", cell(mixed, stream(old), claim="s-job"))
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])
    put(folder, "true_error", cell("1 / 0", error, tags=["raises-exception"]))
    put(folder, "true_lab", cell(LAB, stream("True\n"), claim="s-lab"))
    put(folder, "true_file", cell("open('made.txt', 'w').close()"), labapp={"leaves": ["made.txt"]})

    put(folder, "no_wrong_output", cell("print(6 * 7)", stream("41\n"), claim="s-wrong"))
    put(folder, "no_stripped", cell("print(6 * 7)", ran=False))
    put(folder, "no_claim", cell("print(6 * 7)", stream("42\n"), tags=[CHECK]))
    empty = "11111111-2222-4333-8444-555555555555\n"
    put(folder, "no_text_left", cell(UUID, stream(empty), claim="s-empty"))
    put(folder, "no_error_expected", cell("1 / 0"))
    put(folder, "no_stored_error", cell("print(1)", error))
    put(folder, "no_leak", cell(LEAK))
    put(folder, "no_file_left", cell("open('left.txt', 'w').close()"))
    put(folder, "no_end", cell("import time; time.sleep(600)"))
    put(folder, "no_kernel", cell("import os; os._exit(1)"), cell("pass"))
    talk = cell(LAB, stream("True\n"))
    put(folder, "no_lab_words", talk, cell("raise RuntimeError('after the lab had started')"))
