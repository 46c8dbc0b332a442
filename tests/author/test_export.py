"""`labapp export` writes pages that lead to each other, and overwrites nobody's files."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from labapp.author.export import GENERATOR, INDEX, ExportError, run_export, write_pages
from tests.pages import read

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
FIRST = """# One `thing`

![A square](images/square.svg) [two](02_two.ipynb#A-part), [self](#One-thing),
[out](https://docs.celeryq.dev/).

<details><summary>Answer</summary>

- It is **folded**.

</details>"""


def shown(html: str) -> object:
    output = new_output("display_data", data={"text/html": html, "text/plain": "words"})
    return new_code_cell("print('a.ipynb')", execution_count=1, outputs=[output])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with two lessons, of which the first shows a picture, and a solution."""
    root = tmp_path / "checkout"
    lab = '<a href="http://127.0.0.1:5000/" target="_blank">http://127.0.0.1:5000/</a>'
    link = '<a href="../solutions/01_one.ipynb">mended</a>'
    for name, cells in {
        "notebooks/01_one.ipynb": [new_markdown_cell(FIRST), shown(lab), shown(link)],
        "notebooks/02_two.ipynb": [new_markdown_cell("# Two [<b>] __x__\n\n## A part")],
        "notebooks/.ipynb_checkpoints/02_two.ipynb": [new_markdown_cell("# Old")],
        "solutions/01_one.ipynb": [new_markdown_cell("# One")],
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(writes(new_notebook(cells=cells)))
    (root / "notebooks/images").mkdir()
    (root / "notebooks/images/square.svg").write_text(PICTURE)
    return root


def links(page: BeautifulSoup, where: str) -> list[str]:
    return [str(link["href"]) for link in page.select(f"{where} a")]


def test_links_between_notebooks_lead_from_page_to_page(root: Path, tmp_path: Path) -> None:
    write_pages(root, tmp_path / "html")
    page = read(tmp_path / "html/notebooks/01_one.html")
    assert links(page, "main") == [
        *("02_two.html#A-part", "#One-thing", "https://docs.celeryq.dev/"),
        "../solutions/01_one.html",
    ]
    assert "a.ipynb" in page.get_text(), "code stays as it is"


def test_a_page_knows_the_one_before_and_the_one_after(root: Path, tmp_path: Path) -> None:
    write_pages(root, tmp_path / "html")
    page = read(tmp_path / "html/notebooks/02_two.html")
    ways = ["../index.html", "01_one.html", "../solutions/01_one.html"]
    assert links(page, "header nav") == links(page, "footer nav") == ways
    assert "Before: One thing" in page.get_text()
    index = read(tmp_path / "html" / INDEX)
    assert [link.get_text() for link in index.select("main a")] == [
        *("One thing", "Two [<b>] __x__", "One (solution)")
    ]


def test_the_address_of_a_lab_that_ran_is_text_and_no_link(root: Path, tmp_path: Path) -> None:
    write_pages(root, tmp_path / "html")
    page = read(tmp_path / "html/notebooks/01_one.html")
    assert "http://127.0.0.1:5000/" in page.get_text()
    assert not any("127.0.0.1" in link for link in links(page, "body"))


def test_a_page_holds_its_pictures_and_folds_up_what_was_folded(root: Path, tmp_path: Path) -> None:
    write_pages(root, tmp_path / "html")
    page = read(tmp_path / "html/notebooks/01_one.html")
    (picture,) = page.select("img")
    assert str(picture["src"]).startswith("data:image/svg+xml;base64,")
    assert picture["alt"] == "A square"
    assert [one.get_text() for one in page.select("details strong")] == ["folded"]
    (heading,) = page.select("h1")
    assert (heading.get_text(), heading["id"]) == ("One thing", "One-thing")


def test_code_that_is_folded_in_the_notebook_is_folded_in_the_page(
    root: Path, tmp_path: Path
) -> None:
    hidden = new_code_cell("long = 1", metadata={"jupyter": {"source_hidden": True}})
    cells = [new_markdown_cell("# Folded"), hidden, new_code_cell("short = 2")]
    (root / "notebooks/03_three.ipynb").write_text(writes(new_notebook(cells=cells)))
    write_pages(root, tmp_path / "html")
    page = read(tmp_path / "html/notebooks/03_three.html")
    assert [one.get_text().strip() for one in page.select("details pre")] == ["long = 1"]
    assert [one.get_text().strip() for one in page.select(".code > .highlight")] == ["short = 2"]


def test_an_export_is_brought_up_to_date(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_pages(root, folder)
    first = {path: path.read_bytes() for path in folder.rglob("*.html")}
    write_pages(root, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*.html")} == first
    (root / "solutions/01_one.ipynb").unlink()
    write_pages(root, folder)
    assert not (folder / "solutions/01_one.html").exists()
    assert "solution" not in (folder / INDEX).read_text()


def test_a_folder_that_holds_something_else_is_refused_and_stays_as_it_was(
    root: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "html" / INDEX
    mine.parent.mkdir()
    mine.write_text("<h1>mine</h1>")
    with pytest.raises(ExportError, match=r"is not empty, and nothing of yours is overwritten"):
        write_pages(root, mine.parent)
    assert [path.read_text() for path in mine.parent.iterdir()] == ["<h1>mine</h1>"]


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"cannot be written .*\. Name a folder"):
        write_pages(root, tmp_path / "file" / "html")


def test_a_picture_that_is_missing_is_told_by_name(root: Path, tmp_path: Path) -> None:
    (root / "notebooks/images/square.svg").unlink()
    with pytest.raises(ExportError, match=r"square\.svg, which is not there"):
        write_pages(root, tmp_path / "html")


def test_it_says_how_much_it_wrote_and_where_to_begin(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_export(checkout=root) == 0
    index = root / "build/html" / INDEX
    assert capsys.readouterr().out.startswith("Written: 4 pages, ")
    assert GENERATOR in index.read_text()
