"""A figure of a lesson comes with its words, and looks the same in each run."""

import base64
import re

import pytest
from matplotlib.figure import Figure

from labapp.display import figure


def line(label: str = "seconds") -> Figure:
    drawn = Figure(figsize=(4, 2))
    axes = drawn.subplots()
    axes.plot([0, 1], [0, 100])
    axes.set_xlabel(label)
    axes.set_ylabel("percent")
    return drawn


def test_a_figure_is_an_image_with_its_words() -> None:
    shown = figure(line(), alt="A line <rises>")._repr_mimebundle_()
    assert 'alt="A line &lt;rises&gt;"' in shown["text/html"]
    assert shown["text/html"].startswith("<img ")
    assert shown["text/plain"] == "Figure: A line <rises>"


def test_a_figure_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="says what it shows"):
        figure(line(), alt=" ")


def test_an_axis_without_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match="x axis has no label"):
        figure(line(label=""), alt="A line rises.")


def test_the_same_figure_is_the_same_picture() -> None:
    one, two = (figure(line(), alt="A line rises.")._repr_mimebundle_() for _ in range(2))
    assert one == two


def test_it_stands_on_a_light_card_of_its_own() -> None:
    html = figure(line(), alt="A line rises.")._repr_mimebundle_()["text/html"]
    found = re.search(r"base64,([^\"]+)", html)
    assert found
    assert "fill: #ffffff" in base64.b64decode(found[1]).decode()
