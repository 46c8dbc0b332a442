"""The picture that a stored notebook keeps."""

import re

from labapp.live import TaskState
from labapp.show.progress_picture import picture
from labapp.show.progress_view import Moment


def draw(*states, **known):
    return picture(Moment.of(states, [f"job {n}" for n in range(1, len(states) + 1)], **known))


def cells(html):
    texts = re.findall(r"<td[^>]*>(.*?)</td>", html)
    return [re.sub(r'<img alt="([^"]*)".*', r"[\1]", text).replace("&nbsp;", " ") for text in texts]


def test_a_task_that_ended_well_shows_its_result():
    assert cells(draw(TaskState("a", "SUCCESS", text="42"))) == [
        "job 1",
        "✓ success",
        "[100%]",
        "42",
    ]


def test_a_short_name_keeps_its_number_on_its_line_and_a_long_one_may_wrap():
    state = TaskState("a", "SUCCESS", text="42")
    assert "job&nbsp;1" in draw(state)
    assert "a_task_with_a_rather_long_name 1" in picture(
        Moment.of([state], ["a_task_with_a_rather_long_name 1"])
    )


def test_a_failed_task_shows_the_exceptions_own_words_and_no_full_measure():
    html = draw(TaskState("a", "FAILURE", text="ValueError: <b>"))
    assert cells(html) == ["job 1", "✕ failure", "[failure]", "ValueError: &lt;b&gt;"]


def test_a_task_that_did_not_end_stays_where_it_was():
    html = draw(TaskState("a", "PROGRESS", 1, 4, 25.0), stopped="The lab was stopped.")
    assert cells(html)[1:3] == ["◐ running", "[25%]"]
    assert "The lab was stopped." in html


def test_many_tasks_are_counted_and_only_trouble_is_listed():
    states = [TaskState(str(n), "SUCCESS") for n in range(97)]
    html = draw(*states, *[TaskState(f"f{n}", "FAILURE", text="no") for n in range(3)])
    assert cells(html)[:6] == ["✓ success", "97", "[97%]", "✕ failure", "3", "[3%]"]
    assert cells(html)[6:9] == ["job 98", "✕ failure", "no"]
    assert "100 tasks: 100 done" in html


def test_a_thousand_failures_are_listed_in_part():
    html = draw(*[TaskState(str(n), "FAILURE") for n in range(1_000)])
    assert "and 980 more" in html
    assert len(html) < 20_000


def test_it_names_no_ids_and_no_times():
    states = [TaskState("3f2a-secret-id", "SUCCESS", text="1")]
    first = picture(Moment.of(states, ["job"], began={"": 1.0}, took={"": 2.5}))
    second = picture(Moment.of([TaskState("other", "SUCCESS", text="1")], ["job"], took={"": 9.0}))
    assert first == second


def test_nothing_in_it_falls_to_a_sanitiser():
    html = draw(TaskState("a", "PROGRESS", 1, 4, 25.0))
    assert "<svg" not in html
    assert "var(--" not in html
    assert "<style" not in html
