"""What the links of a chain tell of each other."""

from labapp.live import TaskState
from labapp.live.state import ENDED, SKIPPED
from labapp.show.chains import NEVER_RAN, settled


def links(*states, late=False, headers=()):
    """Links named a, b, c ... in these states; the ones they are shown in come back."""
    made = {}
    for key, state in zip("abcdef", states, strict=False):
        made[key] = state if isinstance(state, TaskState) else TaskState(key, state)
    shown = settled(list(made), made, frozenset(headers), late)
    return [shown[key].state for key in made]


def test_links_that_tell_enough_themselves_are_as_they_say():
    assert links("SUCCESS", "STARTED", "PENDING") == ["SUCCESS", "STARTED", "PENDING"]


def test_after_a_revoked_link_nothing_runs():
    assert links("SUCCESS", "REVOKED", "PENDING", "PENDING") == [
        "SUCCESS",
        "REVOKED",
        SKIPPED,
        SKIPPED,
    ]


def test_a_link_that_celery_marked_as_failed_says_that_it_never_ran():
    made = {
        "a": TaskState("a", "FAILURE", text="ValueError: no"),
        "b": TaskState("b", "FAILURE", text="ValueError: no"),
    }
    shown = settled(["a", "b"], made, frozenset(), False)
    assert (shown["a"].text, shown["b"].text) == ("ValueError: no", NEVER_RAN)


def test_a_link_whose_result_is_not_stored_has_ended_when_a_later_one_has_run():
    assert links("PENDING", "SUCCESS") == ["PENDING", "SUCCESS"]  # it may be on its way
    assert links("PENDING", "SUCCESS", late=True) == [ENDED, "SUCCESS"]


def test_a_chords_parts_went_well_if_its_body_runs():
    assert links("PROGRESS", "STARTED", headers="a") == ["SUCCESS", "STARTED"]
    assert links(ENDED, "PENDING", headers="a") == [ENDED, "PENDING"]
    assert links(ENDED, TaskState("b", "FAILURE", text="KeyError: 1"), headers="a")[0] == "SUCCESS"


def test_a_chords_parts_went_wrong_if_its_body_says_so():
    error = TaskState("b", "FAILURE", text="ChordError: Dependency 3f raised ValueError('no')")
    assert links("PROGRESS", error, headers="a") == ["FAILURE", "FAILURE"]
    assert links(ENDED, error, headers="a") == ["FAILURE", "FAILURE"]


def test_a_chord_after_a_failed_link_never_ran():
    gone = TaskState("c", "FAILURE", text="ValueError: no")
    assert links("FAILURE", "PENDING", gone, headers="b") == ["FAILURE", SKIPPED, "FAILURE"]
