from labapp.display import clean, escape


class Grumpy:
    def __str__(self):
        raise RuntimeError("not today")


def test_markup_is_text():
    assert escape("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"


def test_control_characters_and_lone_surrogates_are_dropped():
    assert clean("a\x00b\x1b[31m\ud800c\u202ed") == "ab[31mcd"


def test_lines_become_one():
    assert clean("one\n  two\tthree\r\n") == "one two three"


def test_long_text_is_cut_with_a_note():
    assert clean("x" * 1_234_567, limit=5) == "xxxxx… (1,234,567 characters in all)"


def test_text_within_the_limit_is_left_alone():
    assert clean("äöü ✓ 漢字", limit=10) == "äöü ✓ 漢字"


def test_a_thing_that_cannot_be_text_says_so():
    assert clean(Grumpy()) == "<Grumpy that cannot be shown: RuntimeError>"
