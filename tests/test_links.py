"""Every link leads somewhere, in the checkout and in the learner's copies of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
#: `make lab` copies these side by side into my/; a link between them works in both places.
COPIED = ("notebooks", "exercises", "solutions")
LINK = re.compile(
    r"!?\[(?:[^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:href|src)=\"([^\"]+)\""
)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every page of the checkout that a person reads."""
    found = [*CHECKOUT.glob("*.md")]
    for tree in ("docs", "deploy", *COPIED):
        for kind in ("*.md", "*.ipynb"):
            found += [path for path in (CHECKOUT / tree).rglob(kind) if not _hidden(path)]
    return sorted(found)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(CHECKOUT).parts)


def links(text: str) -> Iterator[str]:
    """The targets of a Markdown text's links and pictures, its code left out."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    for match in LINK.finditer(prose):
        yield match.group(1) or match.group(2)


def fault(target: str, page: Path, root: Path) -> str | None:
    """Why a link is refused; None for a good one. `root` is the tree that holds the page."""
    if target.startswith("#"):
        return None
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        plain = target.startswith("https://") and not re.search(r"[<>{}]|localhost|127\.0", target)
        return None if plain else "only https links to a public place"
    if target.startswith(("/", "\\")):
        return "an absolute path"
    path = (page.parent / target.split("#")[0]).resolve()
    if not path.is_relative_to(root):
        return "leads out of what is copied to my/"
    parts = path.relative_to(root).parts
    if page.relative_to(root).parts[0] in COPIED and parts and parts[0] not in COPIED:
        return "leads out of what is copied to my/"
    return None if path.exists() else "leads nowhere"


def text_of(page: Path) -> str:
    if page.suffix != ".ipynb":
        return page.read_text()
    cells = json.loads(page.read_text())["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    told = {target: fault(target, page, CHECKOUT) for target in links(text_of(page))}
    assert {target: why for target, why in told.items() if why} == {}


def test_the_readme_and_the_first_notebook_are_read() -> None:
    assert {CHECKOUT / "README.md", CHECKOUT / "notebooks/00_start_here.ipynb"} <= set(pages())


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("01_here.ipynb", None),
        ("01_here.ipynb#part", None),
        ("../solutions/01.ipynb", None),
        ("#part", None),
        ("https://docs.celeryq.dev/en/stable/", None),
        ("02_missing.ipynb", "nowhere"),
        ("../README.md", "copied"),
        ("../../outside.md", "copied"),
        ("/etc/passwd", "absolute"),
        ("http://example.org", "https"),
        ("https://localhost:8888/", "https"),
        ("file:///etc/passwd", "https"),
    ],
)
def test_a_link_from_a_notebook_is_judged(target: str, why: str | None, tmp_path: Path) -> None:
    for name in ("notebooks/01_here.ipynb", "solutions/01.ipynb", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    told = fault(target, tmp_path / "notebooks" / "00.ipynb", tmp_path)
    assert (why in told) if why and told else told == why


def test_links_are_found_in_prose_and_not_in_code() -> None:
    text = 'A [b](c.md "title"), ![d](e.png), <a href="f.html">, `[g](h)`\n```\n[i](j)\n```\n'
    assert list(links(text)) == ["c.md", "e.png", "f.html"]
