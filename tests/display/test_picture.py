import base64
import re

from labapp.display import Html, image, table


def test_an_image_says_in_words_what_it_shows():
    html = image("<svg/>", 'half "done"', width=10)
    assert 'alt="half &quot;done&quot;"' in html
    assert 'width="10"' in html
    data = re.search(r"base64,([^\"]+)", html).group(1)
    assert base64.b64decode(data) == b"<svg/>"


def test_cells_of_a_table_are_text():
    html = table(["<i>"], [["<script>alert(1)</script>"]], caption="<b>", note="&")
    assert "<script>" not in html
    assert "<i>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_what_is_html_already_stays_so():
    assert '<td style="text-align: left"><em>yes</em></td>' in table(
        ["a"], [[Html("<em>yes</em>")]]
    )


def test_a_table_without_caption_and_note_has_neither():
    html = table(["a"], [["b"]])
    assert "caption" not in html
    assert "<p>" not in html
