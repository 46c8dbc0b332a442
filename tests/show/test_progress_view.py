"""The texts and numbers of a progress display, as functions of what is known."""

import pytest

from labapp.live import Link, QueueDepth, TaskState
from labapp.show.progress_view import Moment, names, plain_line, view_of

HOSTILE = "<img src=x onerror=alert(1)>\u202e\ud800\x00"


def moment(*states, **known):
    return Moment.of(states, [f"job {n}" for n in range(1, len(states) + 1)], **known)


def running(task_id, percent, **more):
    return TaskState(task_id, "PROGRESS", percent, 100, percent, **more)


def test_one_task_shows_how_far_it_is():
    head = view_of(moment(TaskState("abcdefghij", "PROGRESS", 3, 12, 25, "resizing")))["head"]
    assert (head["percent"], head["number"], head["valuetext"]) == (25, "25 %", "running, 3 of 12")
    assert head["text"] == "3 of 12 · resizing"
    assert head["id"] == "abcdefgh"


def test_a_message_that_says_the_steps_itself_is_not_doubled():
    head = view_of(moment(TaskState("a", "PROGRESS", 3, 12, 25, "3 of 12 pictures")))["head"]
    assert head["text"] == "3 of 12 pictures"


@pytest.mark.parametrize(
    ("state", "word", "sign"),
    [
        ("PENDING", "waiting", "○"),
        ("STARTED", "started", "◐"),
        ("RETRY", "will retry", "↻"),
        ("SUCCESS", "success", "✓"),
        ("FAILURE", "failure", "✕"),
        ("REVOKED", "revoked", "⊘"),
        ("UNKNOWN", "unknown", "?"),
        ("RECEIVED", "received", "○"),
        ("SKIPPED", "never ran", "-"),
        ("ENDED", "ended", "●"),
        ("UPLOADING", "uploading", "◐"),
    ],
)
def test_each_state_has_a_word_and_a_sign(state, word, sign):
    told = view_of(moment(TaskState("a", state)))["head"]["state"]
    assert (told["word"], told["sign"]) == (word, sign)


def test_a_failure_claims_no_hundred_percent():
    head = view_of(moment(TaskState("a", "FAILURE", text="ValueError: no")))["head"]
    assert head["number"] == ""
    assert head["valuetext"] == "failure"
    assert head["text"] == "ValueError: no"


def test_many_tasks_are_counted_by_state():
    view = view_of(moment(TaskState("a", "SUCCESS"), running("b", 50), TaskState("c", "FAILURE")))
    assert view["head"]["percent"] == 83
    assert view["head"]["valuetext"] == "2 of 3 done, 1 failed"
    counts = {count["word"]: count["count"] for count in view["head"]["counts"]}
    assert counts == {"success": 1, "failure": 1, "running": 1}
    assert view["order"] == ["row:0", "row:1", "row:2"]


def test_of_thousands_only_a_few_have_a_row_and_the_longest_running_comes_first():
    states = [TaskState(str(n)) for n in range(1_000)]
    states[700], states[500] = running("700", 10), running("500", 10)
    states[900] = TaskState("900", "FAILURE")
    view = view_of(moment(*states, began={"700": 5.0, "500": 9.0}))
    assert view["order"][:3] == ["row:700", "row:500", "row:900"]
    assert len(view["order"]) == 8
    assert view["more"] == "and 992 more"
    assert sum(key.startswith("row:") for key in view) == 8


def test_an_unreachable_redis_is_said_in_a_sentence():
    link = Link("unreachable", "Redis at 127.0.0.1:1 is gone.")
    notice = view_of(moment(TaskState("a"), link=link))["head"]["notice"]
    assert notice.startswith("Redis at 127.0.0.1:1 is gone. What is shown is the last")


def test_that_results_alone_are_shown_is_said():
    view = view_of(moment(TaskState("a"), link=Link("live")))
    assert view["source"].startswith("Results alone are shown; watch(..., events=True)")
    refused = view_of(moment(TaskState("a"), link=Link("live", "", "unavailable")))
    assert "cannot be heard" in refused["source"]
    assert view_of(moment(TaskState("a"), link=Link("live", "", "heard")))["source"] == ""


def test_that_no_worker_is_heard_from_is_said_to_who_waits():
    link = Link("live", "", "silent")
    waits, done = TaskState("a"), TaskState("b", "SUCCESS")
    assert "No worker" in view_of(moment(waits, done, link=link))["head"]["notice"]
    depths = {"celery": QueueDepth(1_234, 0)}
    notice = view_of(moment(waits, link=link, depths=depths))["head"]["notice"]
    assert notice.endswith("Messages that wait in queue celery: 1,234.")
    assert view_of(moment(done, link=link))["head"]["notice"] == ""


def test_a_retry_says_when_and_that_it_is_one():
    later = TaskState("a", "RETRY", due=99.0, text="ConnectionError: away")
    head = view_of(moment(later))["head"]
    assert (head["due"], head["again"], head["text"]) == (99.0, True, "ConnectionError: away")
    waits = view_of(moment(TaskState("a", "RECEIVED", due=99.0)))["head"]
    assert (waits["due"], waits["again"]) == (99.0, False)
    assert view_of(moment(TaskState("a", "STARTED", due=99.0)))["head"]["due"] is None


def test_a_chord_is_a_row_for_its_parts_and_one_for_its_body():
    view = view_of(
        Moment.of(
            [TaskState("h", "PROGRESS", 4, 10, 40.0), TaskState("b")],
            ["10 in parallel", "body"],
            sizes={"h": 10},
            kind="chord",
        )
    )
    assert view["head"]["label"] == "chord of 11 tasks"
    assert view["head"]["text"] == "4 of 11 done"
    rows = [view[key] for key in view["order"]]
    assert [(row["label"], row["word"], row["text"]) for row in rows] == [
        ("10 in parallel", "running", "4 of 10"),
        ("body", "waiting", ""),
    ]


def test_why_a_task_is_unknown_is_said():
    lost = TaskState("b", "UNKNOWN", message="Redis came back empty.")
    assert view_of(moment(TaskState("a"), lost))["head"]["notice"] == "Redis came back empty."


def test_hostile_text_is_cleaned_and_cut():
    state = TaskState("a", HOSTILE, message=HOSTILE + "x" * 100_000)
    head = view_of(Moment.of([state], [HOSTILE]))["head"]
    assert head["label"] == "<img src=x onerror=alert(1)>"  # shown through textContent
    assert len(head["text"]) < 400
    assert "\ud800" not in str(view_of(Moment.of([state, state], [HOSTILE] * 2)))


def test_the_plain_line_depends_on_nothing_but_the_number():
    assert plain_line(1) == "Progress of 1 task"
    assert plain_line(1_000) == "Progress of 1,000 tasks"


def test_unfinished_tasks_are_named_with_their_state():
    states = [running("a", 40), *[TaskState(str(n)) for n in range(4)]]
    named = names(states, ["resize 1", "resize 2", "resize 3", "resize 4", "resize 5"])
    assert named == "resize 1 (running, 40 %), resize 2 (waiting), resize 3 (waiting) and 2 more"
