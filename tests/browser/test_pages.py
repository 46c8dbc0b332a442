"""The exported pages in a browser: no request leaves; they read in light, dark and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

#: Pages of every kind: their contrast is reckoned, and pictures of them are kept, for people.
KINDS = (
    "index.html",
    "notebooks/00_start_here.html",
    "notebooks/02_six_ideas.html",
    "notebooks/interview/questions.html",
    "exercises/02_redis_not_running.html",
    "solutions/05_arguments.html",
)
UNFOLD = """most => [...document.querySelectorAll("details")].slice(0, most).forEach(
    one => { one.open = true }
)"""
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


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest) -> str:
    """What the reader's system asks for."""
    return str(request.param)


@pytest.fixture
def reader(look: str, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 860}, color_scheme=look)
    yield page
    page.close()


def test_axe_finds_nothing_on_any_page_and_no_request_leaves(page: Page, exported: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    pages = sorted(exported.rglob("*.html"))
    # Contrast takes most of the time, and all pages have the same colours: see the next test.
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
    for one in pages:
        page.goto(one.as_uri())
        page.evaluate(UNFOLD, 1000)
        found = Axe().run(page, options=options)
        broken = [rule["id"] for rule in found.response["violations"]]
        assert broken == [], f"{one.name}: {found.generate_report()}"
        assert len(found.response["passes"]) > 15, "axe has looked at something"
    assert [url for url in asked if not url.startswith("data:")] == [one.as_uri() for one in pages]
    assert said == []


def test_all_text_stands_out_in_light_and_in_dark(
    reader: Page, look: str, exported: Path, shots: Path
) -> None:
    for name in KINDS:
        reader.goto((exported / name).as_uri())
        reader.screenshot(path=shots / f"page_{Path(name).stem}_{look}.png")
        reader.evaluate(UNFOLD, 4)
        found = Axe().run(reader, options={"runOnly": ["color-contrast"]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert len(found.response["passes"][0]["nodes"]) > 20, "axe has looked at something"


def test_the_page_is_dark_where_dark_is_asked_for(reader: Page, look: str, exported: Path) -> None:
    reader.goto((exported / "index.html").as_uri())
    ground = reader.evaluate("getComputedStyle(document.body).backgroundColor")
    shades = [int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(",")]
    assert (max(shades) < 60) is (look == "dark")


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
