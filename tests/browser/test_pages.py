"""The exported pages in a browser: nothing leaves, and they read in light, in dark and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

#: Looks that every page is looked at in, and pages of which pictures are kept, for people.
LOOKS = ("light", "dark")
KEPT = ("index", "00_start_here", "01_why_a_queue", "05_arguments", "questions")
#: Pixels of a picture that let the page show through, in its corners apart.
HOLES = """picture => {
    const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const {data} = context.getImageData(8, 8, canvas.width - 16, canvas.height - 16);
    return data.filter((value, place) => place % 4 === 3 && value < 255).length;
}"""
#: A bar of progress is no card: it has no text, and stands beside a word that says the same.
SMALLEST_CARD = 40


@pytest.fixture(params=LOOKS)
def reader(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page whose reader asks for light or dark."""
    page = chromium.new_page(
        viewport={"width": 1280, "height": 860}, color_scheme=request.param
    )
    yield page
    page.close()


def test_axe_finds_nothing_on_any_page_and_no_request_leaves(
    reader: Page, exported: Path, shots: Path, request: pytest.FixtureRequest
) -> None:
    look = request.node.callspec.params["reader"]
    asked: list[str] = []
    said: list[str] = []
    reader.on("request", lambda one: asked.append(one.url))
    reader.on("console", lambda one: said.append(one.text))
    pages = sorted(exported.rglob("*.html"))
    for page in pages:
        reader.goto(page.as_uri())
        found = Axe().run(reader, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{page.name}: {found.generate_report()}"
        assert len(found.response["passes"]) > 15, "axe has looked at something"
        if page.stem in KEPT:
            reader.screenshot(path=shots / f"page_{page.stem}_{look}.png")
    assert [url for url in asked if not url.startswith("data:")] == [one.as_uri() for one in pages]
    assert said == []


def test_what_is_dark_in_light_is_light_in_dark(reader: Page, exported: Path) -> None:
    reader.goto((exported / "index.html").as_uri())
    ground = reader.evaluate("getComputedStyle(document.body).backgroundColor")
    shades = [int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(",")]
    dark = reader.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (max(shades) < 60) is dark


def test_each_picture_brings_a_light_card_that_hides_the_page(page: Page, exported: Path) -> None:
    cards = 0
    for one in sorted(exported.rglob("*.html")):
        page.goto(one.as_uri())
        for picture in page.locator("img").all():
            if picture.evaluate("one => one.naturalHeight") > SMALLEST_CARD:
                cards += 1
                assert picture.evaluate(HOLES) == 0, f"{one.name}: {picture.get_attribute('alt')}"
    assert cards > 8


def test_a_page_is_no_wider_than_a_phone(page: Page, exported: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    wide = {}
    for one in sorted(exported.rglob("*.html")):
        page.goto(one.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[one.name] = width
    assert wide == {}


def test_an_answer_is_folded_up_until_it_is_asked_for(page: Page, exported: Path) -> None:
    page.goto((exported / "notebooks/interview/questions.html").as_uri())
    first = page.locator("details").first
    inside = first.locator("li").first
    assert not inside.is_visible()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert inside.is_visible()
