"""The notebooks as pages to read: each by itself, in order, with words for what it shows."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from labapp.author.export import TREES
from labapp.display import figure
from tests.pages import (
    axis_faults,
    colour_faults,
    contrast,
    drawings,
    folded_faults,
    heading_faults,
    is_plot,
    link_faults,
    loaded,
    picture_faults,
    place_faults,
    read,
    text_faults,
)

Faults = Callable[[BeautifulSoup], Iterator[str]]


@pytest.fixture(scope="module")
def pages(exported: Path) -> dict[Path, BeautifulSoup]:
    """Every page, the index among them, by its place."""
    return {path: read(path) for path in sorted(exported.rglob("*.html"))}


def told(pages: dict[Path, BeautifulSoup], faults: Faults) -> dict[str, list[str]]:
    found = {f"{path.parent.name}/{path.name}": list(faults(page)) for path, page in pages.items()}
    return {name: said for name, said in found.items() if said}


def test_there_is_a_page_for_each_notebook_and_an_index_that_leads_to_it(
    pages: dict[Path, BeautifulSoup], exported: Path, checkout: Path
) -> None:
    notebooks = [path for tree in TREES for path in (checkout / tree).rglob("*.ipynb")]
    wanted = {
        path.relative_to(checkout).with_suffix(".html")
        for path in notebooks
        if not any(part.startswith(".") for part in path.relative_to(checkout).parts)
    }
    assert {path.relative_to(exported) for path in pages} == wanted | {Path("index.html")}
    index = pages[exported / "index.html"]
    assert {Path(str(link["href"])) for link in index.find_all("a")} == wanted


def test_every_link_leads_to_a_page_and_to_a_heading_that_are_there(
    pages: dict[Path, BeautifulSoup],
) -> None:
    assert list(link_faults(pages)) == []


@pytest.mark.parametrize(
    "faults",
    [heading_faults, picture_faults, place_faults, folded_faults, colour_faults, loaded],
)
def test_a_page_has_none_of_these_faults(pages: dict[Path, BeautifulSoup], faults: Faults) -> None:
    assert told(pages, faults) == {}


def test_a_page_may_load_nothing_but_what_it_holds(pages: dict[Path, BeautifulSoup]) -> None:
    for page in pages.values():
        (policy,) = page.find_all("meta", attrs={"http-equiv": "Content-Security-Policy"})
        assert policy["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_each_page_says_what_it_is_and_in_which_language(pages: dict[Path, BeautifulSoup]) -> None:
    titles = [page.title.get_text() for page in pages.values() if page.title]
    assert len(set(titles)) == len(pages)
    assert {str(page.html["lang"]) for page in pages.values() if page.html} == {"en"}


def test_every_plot_has_labelled_axes_and_every_text_stands_out_from_its_card(
    pages: dict[Path, BeautifulSoup],
) -> None:
    shown = [drawing for page in pages.values() for drawing in drawings(page)]
    plots = [drawing for drawing in shown if is_plot(drawing)]
    assert len(plots) >= 4
    assert [fault for plot in plots for fault in axis_faults(plot)] == []
    assert [fault for drawing in shown for fault in text_faults(drawing)] == []


@pytest.mark.parametrize(
    ("html", "faults"),
    [
        ("<h2>a</h2>", heading_faults),
        ("<h1>a</h1><h1>b</h1>", heading_faults),
        ("<h1>a</h1><h3>b</h3>", heading_faults),
        ("<img src='data:,'>", picture_faults),
        ("<img alt=' ' src='data:,'>", picture_faults),
        ("<img alt='queue.svg' src='data:,'>", picture_faults),
        ("<svg></svg>", picture_faults),
        ("<svg role='img'></svg>", picture_faults),
        ("<p id='a'></p><p id='a'></p>", place_faults),
        ("<details><summary>Answer</summary></details><p>b</p>", folded_faults),
        ("<p style='border: 0; color: #111'>a</p>", colour_faults),
        ("<p style='background-color: white'>a</p>", colour_faults),
        ("<script></script>", loaded),
        ("<img alt='a' src='https://elsewhere.example/a.png'>", loaded),
        ("<link rel='stylesheet' href='page.css'>", loaded),
        ("<style>p { background: url(a.png) }</style>", loaded),
    ],
)
def test_each_of_these_faults_is_seen(html: str, faults: Faults) -> None:
    assert len(list(faults(BeautifulSoup(html, "html.parser")))) == 1


@pytest.mark.parametrize(
    ("href", "why"),
    [
        ("b.html", "no page"),
        ("#there", "no heading"),
        ("http://127.0.0.1:5000/", "no place in public"),
        ("https://localhost/", "no place in public"),
    ],
)
def test_a_link_that_leads_nowhere_is_seen(href: str, why: str, tmp_path: Path) -> None:
    page = BeautifulSoup(
        f"<h1 id='here'></h1><a href='#here'></a><a href='{href}'></a>", "html.parser"
    )
    (fault,) = link_faults({tmp_path / "a.html": page})
    assert why in fault


def test_an_axis_without_a_label_and_a_text_that_is_too_pale_are_seen() -> None:
    drawing = Figure()
    axes = drawing.subplots()
    axes.plot([1, 2])
    axes.set(xlabel="seconds", ylabel="tasks")
    page = BeautifulSoup(
        figure(drawing, alt="A line.")._repr_mimebundle_()["text/html"], "html.parser"
    )
    (plot,) = drawings(page)
    assert is_plot(plot)
    assert list(axis_faults(plot)) == []
    for axis in plot.iter():
        if axis.get("id") == "matplotlib.axis_2":
            axis.remove(next(one for one in axis if str(one.get("id")).startswith("text_")))
    assert list(axis_faults(plot)) == ["matplotlib.axis_2 has no label"]
    pale = '<svg xmlns="http://www.w3.org/2000/svg"><text fill="#999999">a</text></svg>'
    assert list(text_faults(ElementTree.fromstring(pale))) == ["'a' is #999999"]
    assert round(contrast("#ffffff", "#000000")) == 21
