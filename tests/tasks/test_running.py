"""The tasks, run by a real prefork worker."""

import pytest
from app_services import wait_until

from labapp.tasks.app import celery_config, create_app

SHORT = 20


def outcome(celery, name, **arguments):
    """The result, and every progress meta that was pushed on the way."""
    pushed = []

    def note(message):
        if message["status"] == "PROGRESS":
            pushed.append(message["result"])

    job = celery.send_task(name, kwargs=arguments)
    return job.get(timeout=SHORT, on_message=note), pushed


def is_a_full_course(pushed):
    percents = [meta["percent"] for meta in pushed]
    return percents == sorted(percents) and percents[-1] == 100


def test_long_running_task_says_what_the_articles_says(celery, worker):
    result, pushed = outcome(
        celery, "labapp.tasks.long_running.long_running_task", task_id="mine", seconds=0.5
    )
    assert result == "Task mine completed successfully"
    assert is_a_full_course(pushed)
    assert len(pushed) >= 5


def test_long_running_task_takes_the_articles_ten_seconds_unless_told():
    from labapp.tasks.long_running import long_running_task

    assert long_running_task.run.__defaults__ == ("unique_task_id", 10)


def test_thumbnails_makes_smaller_pictures_with_progress(celery, worker):
    result, pushed = outcome(celery, "labapp.tasks.thumbnails.thumbnails", count=6, size=64)
    assert (result["pictures"], result["size"]) == (6, 64)
    assert 0 < result["bytes_after"] < result["bytes_before"] / 5
    assert is_a_full_course(pushed)
    assert len(pushed) >= 4


def test_a_thumbnail_fits_its_square_and_keeps_its_shape():
    from io import BytesIO

    from PIL import Image

    from labapp.tasks.thumbnails import picture, shrink

    thumbnail = Image.open(BytesIO(shrink(picture(3), 128)))
    assert thumbnail.format == "JPEG"
    assert thumbnail.size == (128, 96)
    assert picture(3) != picture(4)


def test_word_count_counts_the_texts_of_the_data_folder(celery, worker, data_folder):
    texts = data_folder / "texts"
    texts.mkdir()
    (texts / "one.txt").write_text("The cat. the CAT, the dog's bone!")
    (texts / "two.txt").write_text("\n\n  dog's \n")
    (texts / "three.md").write_text("not a text")
    result, pushed = outcome(celery, "labapp.tasks.word_count.word_count", path="texts", top=2)
    assert result["files"] == ["texts/one.txt", "texts/two.txt"]
    assert (result["words"], result["different"]) == (8, 4)
    assert result["top"] == {"the": 3, "cat": 2}
    assert is_a_full_course(pushed)


def test_an_exception_comes_back_as_failure(celery, worker):
    job = celery.send_task("tests.fail", ["no luck"])
    with pytest.raises(ValueError, match="no luck"):
        job.get(timeout=SHORT)
    assert job.state == "FAILURE"


def test_a_report_held_back_is_sent_when_the_task_returns(celery, worker):
    _, pushed = outcome(celery, "tests.hold_back")
    assert [meta["message"] for meta in pushed] == ["first", "second"]


def test_nothing_is_reported_after_the_end(celery, worker):
    jobs = [celery.send_task("tests.leave_loop") for _ in range(20)]
    for job in jobs:
        with pytest.raises(ValueError, match="left"):
            job.get(timeout=SHORT)
    assert celery.send_task("tests.count", [1]).get(timeout=SHORT) is None
    assert {job.state for job in jobs} == {"FAILURE"}


def test_reports_are_throttled(celery, worker):
    _, pushed = outcome(celery, "tests.count", total=2000, pause=0.0002)
    assert is_a_full_course(pushed)
    assert len(pushed) < 100


def test_a_task_runs_inside_the_apps_context(celery, worker, data_folder):
    (data_folder / "context.txt").write_text("only in LABAPP_DATA")
    result, _ = outcome(celery, "labapp.tasks.word_count.word_count", path="context.txt")
    assert result["files"] == ["context.txt"]


def test_a_pickled_message_is_refused_and_the_worker_goes_on(celery, worker):
    pickled = celery.send_task("tests.add", [1, 2], serializer="pickle")
    assert celery.send_task("tests.add", [3, 4]).get(timeout=SHORT) == 7
    wait_until(lambda: "Refusing to deserialize" in worker.output())
    assert pickled.state == "PENDING"


def test_a_task_called_inside_a_task_does_not_silence_it(celery, worker):
    _, pushed = outcome(celery, "tests.calls_another")
    assert pushed[-1]["message"] == "after the other one"


def test_no_password_is_shown_where_the_configuration_is_printed():
    secret = "not-to-be-seen"
    celery = create_app(
        {"CELERY": celery_config({"REDIS_URL": f"redis://:{secret}@127.0.0.1:1/0"})}
    ).extensions["celery"]
    for shown in (celery.conf, celery, celery.backend, celery.connection_for_write()):
        assert secret not in repr(shown)
    assert secret in celery.conf.broker_url
