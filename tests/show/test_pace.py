"""An estimate is made from progress, or not at all."""

from labapp.show.pace import Pace


def pace(*steps):
    """From (second, percent) pairs."""
    made = None
    for now, percent in steps:
        if made is None:
            made = Pace.at(percent, now)
        else:
            made.note(percent, now)
    return made


def test_steady_progress_says_when_it_will_end():
    assert pace((0, 0), (5, 25), (10, 50)).end == 20


def test_a_start_that_was_not_seen_is_not_counted_on():
    assert pace((100, 80), (105, 90)).end == 110


def test_too_little_progress_or_time_says_nothing():
    assert pace((0, 50)).end is None
    assert pace((0, 50), (60, 52)).end is None
    assert pace((0, 0), (1.9, 60)).end is None


def test_what_stands_still_keeps_its_estimate_and_what_goes_back_begins_anew():
    assert pace((0, 0), (10, 50), (30, 50)).end == 20
    assert pace((0, 0), (10, 50), (11, 0)).end is None
    assert pace((0, 0), (10, 50), (11, 0), (21, 20)).end == 61


def test_what_is_done_takes_no_more():
    assert pace((0, 0), (10, 100)).end is None
