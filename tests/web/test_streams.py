"""The mailbox of one reader: the newest event of each thing, and a bounded number of them."""

import threading
import time

from labapp.web.jobs import JOBS
from labapp.web.streams import MOST_WAITING, Event, Stream


def event(data):
    return Event("task", data)


def taken(stream):
    found = []
    while told := stream.take(0):
        found.append(told.data)
    return found


def test_of_each_task_only_the_newest_event_waits():
    stream = Stream()
    for number in range(1000):
        stream.post("one", event(f"one {number}"))
        stream.post("two", event(f"two {number}"))
    assert taken(stream) == ["one 999", "two 999"]


def test_what_changes_all_the_time_does_not_hold_up_the_others():
    stream = Stream()
    stream.post("busy", event("busy 1"))
    stream.post("quiet", event("quiet"))
    stream.post("busy", event("busy 2"))
    assert taken(stream) == ["quiet", "busy 2"]


def test_a_reader_that_sleeps_costs_a_bounded_number_of_events():
    stream = Stream()
    stream.post_health("unavailable", "health")
    for number in range(10_000):
        stream.post(f"task {number}", event(str(number)))
    found = taken(stream)
    assert len(found) == MOST_WAITING >= 2 * JOBS
    assert found[-1] == "9999"
    assert found[0] == "health", "that Redis went away is never dropped"


def test_health_is_told_when_it_is_news():
    everything, alone = Stream(), Stream("one task")
    for stream in (everything, alone):
        for status, data in (
            ("ok", "1 waiting"), ("ok", "1 waiting"), ("ok", "2 waiting"),
            ("unavailable", "away"), ("unavailable", "away"), ("ok", "0 waiting"),
        ):  # fmt: skip
            stream.post_health(status, data)
            stream.told = [*getattr(stream, "told", []), *taken(stream)]
    assert everything.told == ["1 waiting", "2 waiting", "away", "0 waiting"]
    assert alone.told == ["away", "0 waiting"]


def test_a_waiting_reader_is_woken_by_an_event_and_by_the_end():
    for wake in (lambda s: s.post("one", event("news")), Stream.end):
        stream = Stream()
        threading.Timer(0.05, wake, (stream,)).start()
        started = time.monotonic()
        stream.take(30)
        assert time.monotonic() - started < 10


def test_after_the_end_nothing_is_told():
    stream = Stream()
    stream.post("one", event("news"))
    stream.end()
    assert stream.take(0) is None
    assert stream.ended
