"""Outside a kernel; what a kernel shows is tested with notebooks, in tests/show."""

import subprocess
import sys

from labapp.display import LiveOutput, cell_number, in_kernel


class Widget:
    model_id = "m"

    def __init__(self, joined_late=False):
        self.closed = 0
        self.joined_late = joined_late

    def close(self):
        self.closed += 1


def test_a_test_run_is_no_kernel():
    assert not in_kernel()
    assert cell_number() is None


def test_outside_a_kernel_nothing_is_shown(capsys):
    output = LiveOutput("Progress", Widget())
    output.show()
    output.finish("<p>done</p>")
    assert capsys.readouterr() == ("", "")


def test_the_widget_is_closed_once_however_often_it_ends():
    widget = Widget()
    output = LiveOutput("Progress", widget)
    output.finish("first")
    output.finish("second")
    assert widget.closed == 1
    assert output.finished


def test_a_widget_that_comes_after_the_end_is_closed_at_once():
    widget = Widget()
    output = LiveOutput("Progress")
    output.finish("done")
    output.attach(widget)
    assert widget.closed == 1


def test_a_widget_that_a_reloaded_page_shows_stays_open():
    widget = Widget(joined_late=True)
    LiveOutput("Progress", widget).finish("done")
    assert widget.closed == 0


def test_the_placeholder_and_the_line_are_safe_and_timeless():
    output = LiveOutput("<b>Progress</b>\n of x")
    assert output.text == "<b>Progress</b> of x"
    assert output.placeholder == (
        "<p>&lt;b&gt;Progress&lt;/b&gt; of x: run this cell to watch it live.</p>"
    )


def test_displays_import_no_widgets_and_no_ipython():
    heavy = ("IPython", "ipywidgets", "anywidget")
    code = f"import labapp.display, sys; print([m for m in sys.modules if m in {heavy}])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
