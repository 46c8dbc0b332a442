"""watch() in a plain program, against a real Redis and a real worker."""

import subprocess
import sys
import time

import pytest
from celery.result import AsyncResult, GroupResult

from labapp import watch
from labapp.live import feed_for
from labapp.show.watching import end_all
from tests.live.services import Worker, client_app, wait_until


def send(app, name, *args, **kwargs):
    return app.send_task(name, args=args, kwargs=kwargs)


def test_it_returns_at_once_and_wait_gives_it_back(app, worker, capsys):
    started = time.monotonic()
    watched = watch(send(app, "steps", count=3))
    assert time.monotonic() - started < 3 * 0.2
    assert watched.wait(20) is watched
    assert watched.snapshot()["counts"] == {"SUCCESS": 1}
    assert capsys.readouterr() == ("", "")


def test_its_repr_is_one_constant_line(app, worker):
    watched = watch(send(app, "echo", 1))
    before = repr(watched)
    watched.wait(20)
    assert repr(watched) == before == "Progress of 1 task"


def test_in_a_terminal_its_line_is_printed(app, worker, capsys):
    watched = watch(send(app, "echo", 1)).wait(20)
    watched._ipython_display_()
    assert capsys.readouterr().out == "Progress of 1 task\n"


def test_how_far_all_are_and_how_long_it_may_take_is_in_the_snapshot(app, worker):
    watched = watch(send(app, "steps", count=60, pause=0.1))
    assert watched.snapshot()["expected"] is None
    wait_until(lambda: watched._view() and watched.snapshot()["expected"] is not None)
    snapshot = watched.snapshot()
    assert 0 < snapshot["percent"] < 100
    assert 1 < snapshot["expected"] < 12
    end_all(watched._watched.followings[0].address, "over")


def test_a_snapshot_is_plain_data(app, worker):
    job = send(app, "boom", "out of ink")
    snapshot = watch(job).wait(20).snapshot()
    assert (snapshot["total"], snapshot["done"], snapshot["link"]) == (1, 1, "live")
    assert snapshot["tasks"][job.id]["text"] == "ValueError: out of ink"


def test_lists_groups_tuples_and_generators_are_watched(app, worker):
    jobs = [send(app, "echo", n) for n in range(4)]
    group = GroupResult("g", jobs[:2], app=app)
    for many in (jobs, tuple(jobs), (job for job in jobs), [group, *jobs[2:]]):
        assert watch(many).wait(20).snapshot()["done"] == 4
    assert watch(group).wait(20).snapshot()["total"] == 2
    assert watch([]).wait(1).snapshot()["total"] == 0


def test_results_of_two_stores_are_watched_together(server, app, worker):
    other = Worker(server.url(3), server.url(4))
    try:
        elsewhere = client_app(server.url(3), server.url(4))
        jobs = [send(app, "echo", 1), send(elsewhere, "echo", 2)]
        texts = [task["text"] for task in watch(jobs).wait(20).snapshot()["tasks"].values()]
        assert texts == ["1", "2"]
    finally:
        other.end()


def test_waiting_in_vain_names_what_still_runs(app, worker):
    jobs = [send(app, "echo", 1), send(app, "steps", count=2, pause=60)]
    watched = watch(jobs)
    wait_until(lambda: watched.snapshot()["counts"].get("PROGRESS") == 1)
    with pytest.raises(TimeoutError) as told:
        watched.wait(0.2)
    assert str(told.value) == ("1 of 2 tasks has not ended after 0.2 s: task 2 (running, 50 %).")
    end_all(watched._watched.followings[0].address, "over")


def test_tasks_that_redis_has_lost_end_the_waiting(own_server, monkeypatch):
    monkeypatch.setattr("labapp.show.watched.LOST_FOR", 0.5)
    app = client_app(own_server.url(), own_server.url())
    watched = watch(AsyncResult("sent-before", app=app))
    own_server.kill()
    wait_until(lambda: watched.snapshot()["link"] == "unreachable")
    own_server.start()
    with pytest.raises(TimeoutError, match="Redis has lost them: send them again"):
        watched.wait()
    end_all(watched._watched.followings[0].address, "over")


def test_what_has_ended_is_followed_no_longer(app, worker):
    jobs = [send(app, "echo", n) for n in range(40)]
    watch(jobs).wait(20)
    for job in jobs:
        watch(job).wait(20)
    assert feed_for(app)._followings == set()


def test_what_was_open_when_a_lab_stopped_is_told(app, worker):
    watched = watch(AsyncResult("never-sent", app=app))
    end_all(watched._watched.followings[0].address, "The lab was stopped.")
    with pytest.raises(TimeoutError, match="when the lab was stopped: task \\(waiting\\)"):
        watched.wait(5)
    assert "The lab was stopped." in watched._output._picture


def test_a_task_whose_result_is_ignored_ends_the_waiting_and_says_so(app, worker):
    job = app.send_task("echo", ["x"], ignore_result=True)
    job.ignored = True
    (task,) = watch(job).wait(5).snapshot()["tasks"].values()
    assert "ignored" in task["message"]


def test_that_no_worker_works_is_said_with_the_length_of_the_queue(own_server):
    app = client_app(own_server.url(), own_server.url())
    watched = watch([send(app, "echo", n) for n in range(3)], events=True)
    told = "Messages that wait in queue celery: 3."
    wait_until(lambda: watched._view()["head"]["notice"].endswith(told), 3 * 6.5)
    watched._watched.close()


def test_an_eager_result_is_shown_as_it_is(app):
    @app.task(name="local")
    def local():
        return "here"

    (task,) = watch(local.apply()).wait(5).snapshot()["tasks"].values()
    assert task["text"] == "here"


@pytest.mark.parametrize("thing", [5, None, "3f2a-an-id", object()])
def test_what_is_no_result_is_refused_with_the_way_out(thing):
    with pytest.raises(TypeError, match="AsyncResult or a list of them"):
        watch(thing)


def test_an_app_without_results_is_refused(server):
    app = client_app(server.url(), None)
    with pytest.raises(ValueError, match="no result backend"):
        watch(AsyncResult("x", app=app))


def test_a_thousand_tasks_are_waited_for(app, worker):
    watched = watch([send(app, "echo", n) for n in range(1_000)])
    assert watched.wait(60).snapshot()["counts"] == {"SUCCESS": 1_000}


def test_a_script_imports_no_widgets_for_it():
    heavy = {"IPython", "ipywidgets", "anywidget"}
    code = f"import labapp, sys; labapp.Lab, labapp.watch; print(sys.modules.keys() & {heavy})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
