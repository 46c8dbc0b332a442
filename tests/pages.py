"""What is wrong with a page, as tests ask it: `labapp export` makes the pages."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from PIL import ImageColor

LEAST_CONTRAST = 4.5
SVG = "data:image/svg+xml;base64,"
FILE_NAME = re.compile(r"\.(svg|png|jpe?g|gif|webp)\b", re.IGNORECASE)


def read(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(), "html.parser")


def heading_faults(page: BeautifulSoup) -> Iterator[str]:
    """One h1, before all others, and no level skipped on the way down."""
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile(r"^h[1-6]$"))]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"has {levels.count(1)} h1, and begins with {levels[:1]}"
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"goes from h{above} to h{below}"


def picture_faults(page: BeautifulSoup) -> Iterator[str]:
    """Words for each picture; for an svg that stands in the page, as a role and a name."""
    for picture in page.find_all("img"):
        alt = str(picture.get("alt", "")).strip()
        if not alt or FILE_NAME.search(alt) or "No description has been" in alt:
            yield f"a picture says {alt!r}"
    for drawing in page.find_all("svg"):
        named = drawing.get("aria-label") or drawing.find("title")
        if drawing.get("role") != "img" or not named:
            yield "an svg has no role or no name"


def place_faults(page: BeautifulSoup) -> Iterator[str]:
    """Each place has a name of its own, or a link would lead to the first of two."""
    names = [str(one["id"]) for one in page.find_all(id=True)]
    yield from sorted({f"two are named {name!r}" for name in names if names.count(name) > 1})


def folded_faults(page: BeautifulSoup) -> Iterator[str]:
    """What is folded up is inside, under a line that says what it is."""
    for folded in page.find_all("details"):
        summary = folded.find("summary")
        line = summary.get_text().strip() if isinstance(summary, Tag) else ""
        if not line or folded.get_text().strip() == line:
            yield f"nothing is folded up under {line!r}"


def colour_faults(page: BeautifulSoup) -> Iterator[str]:
    """Colours of text or ground that an output brings: one of two themes would swallow it."""
    for one in page.find_all(style=re.compile(r"(^|;)\s*(color|background)\b")):
        yield f"<{one.name} style={one['style']!r}>"


def loaded(page: BeautifulSoup) -> Iterator[str]:
    """What the page would fetch or run."""
    yield from (f"<{one.name}>" for one in page.find_all(["script", "iframe", "link", "object"]))
    for one in page.find_all(src=True):
        if not str(one["src"]).startswith("data:"):
            yield str(one["src"])[:80]
    for style in page.find_all("style"):
        yield from re.findall(r"@import\b|url\((?!['\"]?data:)[^)]*\)", style.get_text())


def link_faults(pages: dict[Path, BeautifulSoup]) -> Iterator[str]:
    """Links of these pages that lead to no page, no place on it, or to somebody's own machine."""
    places = {
        path: {str(one["id"]) for one in page.find_all(id=True)} for path, page in pages.items()
    }
    for path, page in pages.items():
        for link in page.find_all("a", href=True):
            href = str(link["href"])
            parts = urlsplit(href)
            if parts.scheme:
                if parts.scheme != "https" or parts.hostname in ("localhost", "127.0.0.1"):
                    yield f"{path.name}: {href} is no place in public"
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target not in places:
                yield f"{path.name}: {href} leads to no page"
            elif parts.fragment and unquote(parts.fragment) not in places[target]:
                yield f"{path.name}: {href} leads to no heading"


def drawings(page: BeautifulSoup) -> Iterator[ElementTree.Element]:
    """The svg pictures of a page, with their comments, which hold what matplotlib wrote."""
    for picture in page.find_all("img"):
        source = str(picture["src"])
        if source.startswith(SVG):
            builder = ElementTree.TreeBuilder(insert_comments=True)
            parser = ElementTree.XMLParser(target=builder)
            yield ElementTree.fromstring(base64.b64decode(source[len(SVG) :]), parser)


def is_plot(drawing: ElementTree.Element) -> bool:
    return any(str(one.get("id")).startswith("axes_") for one in drawing.iter())


def axis_faults(plot: ElementTree.Element) -> Iterator[str]:
    """Axes of a plot without a label, a text that belongs to the axis and to none of its ticks."""
    for axis in plot.iter():
        if not str(axis.get("id")).startswith("matplotlib.axis_"):
            continue
        texts = [one for one in axis if str(one.get("id")).startswith("text_")]
        said = [str(note.text).strip() for text in texts for note in text.iter(ElementTree.Comment)]
        if not any(said):
            yield f"{axis.get('id')} has no label"


def text_faults(drawing: ElementTree.Element) -> Iterator[str]:
    """Text of a picture that is too pale for the light card which each picture brings along."""
    for text in drawing.iter("{http://www.w3.org/2000/svg}text"):
        fill = text.get("fill", "#000000")
        if contrast(fill, "#f4f5f7") < LEAST_CONTRAST:
            yield f"{text.text!r} is {fill}"


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, as the accessibility guidelines reckon it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
