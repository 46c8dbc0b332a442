"""What a lab is once it has started."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from labapp.lab import Stack, StateError
from labapp.lab.processes import start_mark


@pytest.mark.one_lab
def test_every_part_is_ready_and_well(stack: Stack) -> None:
    assert [(part.name, part.state) for part in stack.parts()] == [
        ("redis", "ready"),
        ("web", "ready"),
        ("worker", "ready"),
    ]
    health = stack.health()
    assert health.ok, health
    assert "round trip through worker: answered" in repr(health)


@pytest.mark.one_lab
def test_a_task_goes_over_http_to_the_worker_and_its_result_comes_back(stack: Stack) -> None:
    job = stack.submit("long_running_task", seconds=0)
    assert "completed" in job.get(timeout=20)
    assert stack.get(f"/task_status/{job.id}").json()["state"] == "SUCCESS"


def test_starting_twice_is_harmless(stack: Stack) -> None:
    pids = [part.pid for part in stack.parts()]
    assert stack.start() is stack
    assert [part.pid for part in stack.parts()] == pids


def test_it_says_which_redis_it_runs(stack: Stack) -> None:
    assert stack.redis.detail.startswith(("Valkey ", "Redis "))
    with stack.redis.client() as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("save") == {"save": ""}


def test_each_service_leads_a_session_of_its_own(stack: Stack) -> None:
    for part in stack.parts():
        assert part.pid is not None
        assert os.getsid(part.pid) == part.pid != os.getsid(0)


def test_logs_belong_to_their_part(stack: Stack) -> None:
    assert any("ready." in line for line in stack.worker.logs(50))
    assert "waitress" in "\n".join(stack.web.logs(50))
    assert stack.worker.last_line


def test_subscribers_hear_of_changes_and_their_errors_stay_with_them(stack: Stack) -> None:
    heard = []

    def faulty(part: object) -> None:
        raise RuntimeError("a display that fails")

    stop_faulty = stack.subscribe(faulty)
    stop = stack.subscribe(lambda part: heard.append((part.name, part.state)))
    stack.web.restart()
    stop()
    stop_faulty()
    assert ("web", "stopping") in heard
    assert heard[-1] == ("web", "ready")


def test_buttons_and_cells_may_act_at_once(stack: Stack) -> None:
    threads = [threading.Thread(target=stack.web.restart) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert stack.web.state == "ready"
    assert stack.get("/healthz").status_code == 200


def test_a_killed_part_is_down_and_comes_back_on_its_address(stack: Stack) -> None:
    address = stack.web.address
    stack.web.kill()
    assert stack.web.state == "killed"
    stack.web.start()
    assert stack.web.address == address
    assert stack.get("/healthz").status_code == 200


def test_a_part_that_dies_by_itself_is_failed_with_its_reason(stack: Stack) -> None:
    pid = stack.web.pid
    assert pid is not None
    os.kill(pid, 9)
    assert stack.wait_for(lambda: stack.web.state == "failed", 10)
    assert "SIGKILL" in stack.web.reason
    stack.web.start()
    assert stack.web.state == "ready"


def test_a_second_worker_takes_queues_of_its_own(stack: Stack) -> None:
    media = stack.add_worker("media", queues=["media"], concurrency=1)
    assert stack.workers["media"] is media
    job = stack.celery.send_task("celery.accumulate", args=[7], queue="media")
    assert job.get(timeout=20) == [7]
    with pytest.raises(StateError, match="taken"):
        stack.add_worker("media")
    media.stop()
    assert stack.workers["media"].state == "stopped"
    del stack.workers["media"]


def test_redis_returns_empty_on_the_same_address(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack().start()
    url, worker, web = lab.redis.url, lab.worker.pid, lab.web.pid
    with lab.redis.client() as client:
        client.set("kept", "no")
    lab.redis.kill()
    assert lab.get("/healthz").status_code == 503
    lab.redis.start()
    assert lab.redis.url == url
    with lab.redis.client() as client:
        assert client.get("kept") is None
    assert lab.submit("long_running_task", seconds=0).get(timeout=20)
    assert (lab.worker.pid, lab.web.pid) == (worker, web)


def test_what_a_killed_workers_task_had_started_dies_with_it(
    make_stack: Callable[..., Stack], write_module: Callable[..., Path]
) -> None:
    write_module()
    lab = make_stack(worker="stranger:celery", web=None).start()
    children = lab.celery.send_task("leave_children").get(timeout=20)
    marks = [start_mark(pid) for pid in children]
    assert all(marks)
    lab.worker.kill()
    assert lab.wait_for(lambda: not any(start_mark(pid) for pid in children), 6)


def test_a_stopped_lab_leaves_no_process_and_no_file(
    make_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    others = {child.pid for child in psutil.Process().children(recursive=True)}
    lab = make_stack(workers=2).start()
    everyone = [child.pid for child in psutil.Process().children(recursive=True)]
    members = [pid for pid in everyone if pid not in others]
    assert len(members) >= 9
    lab.stop()
    assert [pid for pid in members if start_mark(pid)] == []
    assert list((tmp_path / "run").iterdir()) == []
    assert [(part.state, part.reason) for part in lab.parts()] == [("stopped", "")] * 4
    assert lab.worker.logs(5)  # readable after the folder has gone
    lab.stop()


def test_stopping_first_is_harmless_and_using_it_then_is_told(
    make_stack: Callable[..., Stack],
) -> None:
    lab = make_stack()
    lab.stop()
    for use in (lab.health, lambda: lab.url, lambda: lab.worker.kill(), lab.redis.restart):
        with pytest.raises(StateError, match=r"lab\.start\(\)"):
            use()
    assert lab.worker.logs() == []


def test_a_lab_can_be_started_again_after_its_end(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(web=None)
    for _ in range(2):
        lab.start()
        assert lab.celery.send_task("celery.accumulate", args=[1]).get(timeout=20) == [1]
        lab.stop()


def test_a_lab_is_not_used_from_another_process(stack: Stack) -> None:
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            stack.web.kill()
            os.write(write, b"killed")
        except StateError as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.close(write)
    assert b"belongs to the process that started it" in os.read(read, 500)
    os.wait()
    assert stack.web.state == "ready"


def test_flower_runs_where_it_is_asked_for(make_stack: Callable[..., Stack]) -> None:
    import httpx

    lab = make_stack(flower=True).start()
    assert httpx.get(lab.flower.address + "/healthcheck").status_code == 200
    secret = lab.redis._password
    assert secret not in lab.flower.log_path.read_text()


def test_services_can_be_executed_instead_of_forked(
    make_stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labapp.lab.guardian.FORKS", False)  # as on macOS
    lab = make_stack().start()
    assert lab.health().ok
    lab.worker.restart()
    assert lab.submit("long_running_task", seconds=0).get(timeout=20)
