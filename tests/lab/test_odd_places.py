"""A lab starts and works wherever it is put, and says why where it cannot."""

import gc
import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.lab import FolderError, OptionError, Stack, StartError


@pytest.mark.parametrize("name", ["run", "a b", 'q"\\uote', "new\nline", os.fsdecode(b"by\xff")])
def test_the_run_folder_may_have_any_name_and_be_relative(
    name: str, make_stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABAPP_RUN", name)
    lab = make_stack(web=None).start()
    assert lab.health().ok
    lab.stop()
    assert list((tmp_path / name).iterdir()) == []


def test_a_thread_that_blocks_signals_may_start_a_lab(make_stack: Callable[..., Stack]) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        lab = make_stack(web=None).start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    lab.worker.stop(timeout=6)
    assert lab.worker.state == "stopped"


def test_the_labs_client_is_not_led_astray_by_the_environment(
    make_stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://elsewhere.invalid")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://elsewhere.invalid")
    monkeypatch.setenv("CELERY_CONFIG_MODULE", "not_there")
    lab = make_stack(web=None).start()
    assert lab.celery.send_task("celery.accumulate", args=[1]).get(timeout=20) == [1]


def test_redis_does_not_move_to_another_port_behind_the_back_of_web_and_worker(
    make_stack: Callable[..., Stack],
) -> None:
    lab = make_stack(web=None).start()
    address = lab.redis.address
    lab.redis.kill()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(address.rpartition(":")[2])))
        other.listen()
        with pytest.raises(StartError, match="Address already in use"):
            lab.redis.start()
    assert lab.redis.address == address
    lab.redis.start()
    assert lab.health().ok


def test_a_lab_whose_folder_was_removed_says_so(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(web=None).start()
    shutil.rmtree(lab.folder_path)
    with pytest.raises(FolderError, match=r"has been removed.*lab\.stop\(\) and lab\.start"):
        lab.worker.restart()
    assert lab.worker.state == "ready"
    lab.stop()
    assert lab.start().health().ok


def test_a_current_folder_that_was_removed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FolderError, match="current folder has been removed"):
        Stack()


def test_a_result_that_outlives_its_lab_says_nothing(
    make_stack: Callable[..., Stack], capfd: pytest.CaptureFixture[str]
) -> None:
    lab = make_stack(web=None).start()
    job = lab.celery.send_task("nobody.knows", queue="nowhere")
    with pytest.raises(Exception, match="timed out"):
        job.get(timeout=0.2)
    lab.stop()
    del job
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err


def test_an_answer_missed_by_the_listening_side_is_still_health(
    make_stack: Callable[..., Stack],
) -> None:
    lab = make_stack(web=None).start()
    lab.celery.backend.on_task_call = lambda *_: None  # as if the subscription had been lost
    lab.celery.backend.result_consumer.consume_from = lambda *_: None
    assert lab.health(timeout=5).ok


def test_an_app_may_lie_in_a_folder_that_is_named(
    make_stack: Callable[..., Stack], write_module: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = write_module().parent
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    lab = make_stack(worker="stranger:celery", web="stranger:app", folder=folder).start()
    assert lab.get("/hello").json() == {"word": "hello"}
    with pytest.raises(FolderError, match="is not a folder"):
        make_stack(folder=folder / "nowhere")


def test_redis_url_may_name_another_database(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(database=7).start()
    assert str(lab.environ()["REDIS_URL"]).endswith("/7")
    lab.submit("long_running_task", seconds=0).get(timeout=10)
    keyspace = lab.redis.client().info("keyspace")
    assert list(keyspace) == ["db7"]
    with pytest.raises(OptionError, match="database=16"):
        make_stack(database=16)
