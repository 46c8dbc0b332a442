"""One lab from end to end, the short proof that `make check` and a newcomer's first look need."""

from pathlib import Path

import pytest

from labapp import Stack

pytestmark = pytest.mark.one_lab


def test_a_lab_runs_a_task_that_came_over_http_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labapp.lab.registry import list_labs

    monkeypatch.setenv("LABAPP_RUN", str(tmp_path))
    with Stack() as stack:
        answer = stack.post("/tasks/thumbnails", json={"count": 2})
        assert answer.status_code == 202
        job = stack.celery.AsyncResult(answer.json()["task_id"])
        assert job.get(timeout=30)["pictures"] == 2
        assert stack.get(answer.headers["Location"]).json()["state"] == "SUCCESS"
        assert len(list_labs()) == 1
    assert list_labs() == []
