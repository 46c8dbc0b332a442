import threading
import time

from labapp.display import Tick


def wait_until(condition, timeout=5):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_the_first_change_is_drawn_without_waiting_for_the_period():
    drawn = threading.Event()
    Tick(drawn.set, period=60).touch()
    assert drawn.wait(5)


def test_a_flood_of_changes_is_drawn_a_few_times_and_the_last_one_always():
    values, seen = [], []
    tick = Tick(lambda: seen.append(len(values)), period=0.05)
    started = time.monotonic()
    for value in range(20_000):
        values.append(value)
        tick.touch()
    took = time.monotonic() - started
    wait_until(lambda: seen and seen[-1] == 20_000)
    assert len(seen) <= 3 + took / 0.05


def test_flush_draws_on_the_callers_thread():
    threads = []
    Tick(lambda: threads.append(threading.current_thread())).flush()
    assert threads == [threading.current_thread()]


def test_a_drawing_that_fails_ends_and_is_told_once():
    errors, calls = [], []

    def draw():
        calls.append(1)
        raise ValueError("no ink")

    tick = Tick(draw, on_error=errors.append)
    assert tick.flush()
    tick.touch()
    assert tick.flush()
    assert [str(error) for error in errors] == ["no ink"]
    assert calls == [1]


def test_one_bad_drawing_does_not_stop_the_others():
    drawn = threading.Event()
    Tick(lambda: 1 / 0).touch()
    Tick(drawn.set).touch()
    assert drawn.wait(5)


def test_an_error_that_cannot_be_told_does_not_stop_the_others_either():
    drawn = threading.Event()
    Tick(lambda: 1 / 0, on_error=lambda error: 1 / 0).touch()
    Tick(drawn.set).touch()
    assert drawn.wait(5)


def test_nothing_is_drawn_after_close():
    calls = []
    tick = Tick(lambda: calls.append(1))
    tick.close()
    tick.touch()
    tick.flush()
    assert calls == []


def test_flush_does_not_hang_behind_a_drawing_that_takes_forever():
    go_on, drawing = threading.Event(), threading.Event()

    def draw():
        drawing.set()
        go_on.wait(10)

    tick = Tick(draw)
    tick.touch()
    assert drawing.wait(5)
    assert tick.flush(timeout=0.05) is False
    go_on.set()
