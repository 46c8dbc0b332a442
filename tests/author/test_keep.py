"""A build keeps an output that says the same, and no other."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from labapp.author.keep import keep_unchanged, what_ran


def showing(
    html: str, *, text: str = "Progress of 1 task", source: str = "watch(job)"
) -> NotebookNode:
    output = new_output("display_data", data={"text/html": html, "text/plain": text})
    cell = new_code_cell(source, id="one", execution_count=1, outputs=[output])
    notebook = new_notebook(cells=[cell])
    notebook.metadata["labapp"] = {"ran": what_ran(notebook)}
    return notebook


def kept(old: NotebookNode, new: NotebookNode) -> bool:
    before = old.cells[0].outputs[0].data["text/html"]
    keep_unchanged(new, old)
    return bool(new.cells[0].outputs[0].data["text/html"] == before)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<td>took 4.7 s</td>", "<td>took 4.5 s</td>"),
        (
            "<td>id b0348a6d-ce14-4bea-8772-be99cbea957a</td>",
            "<td>id c0d3a51b-77e0-4d7e-9f5b-1f0e6a2d9b44</td>",
        ),
        (
            '<img alt="9 sent" src="data:image/svg+xml;base64,AAAA">',
            '<img alt="8 sent" src="data:">',
        ),
    ],
)
def test_figures_ids_and_pictures_that_differ_are_kept_as_they_were(old: str, new: str) -> None:
    assert kept(showing(old), showing(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>sixty tasks</p>", "<p>forty tasks</p>"),
        ("<th></th><th>call</th>", "<th>message</th><th>call</th>"),
        ('<img alt="waiting" src="data:">', '<img alt="success" src="data:">'),
    ],
)
def test_html_that_says_something_else_is_news_though_its_plain_text_is_the_same(
    old: str, new: str
) -> None:
    assert not kept(showing(old), showing(new))


def test_what_another_source_gave_is_never_kept() -> None:
    assert not kept(showing("<p>1</p>"), showing("<p>2</p>", source="watch(other)"))
