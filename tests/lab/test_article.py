"""The article's app.py, exactly as printed, runs in the lab."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.lab import Stack

PRINTED = Path(__file__).with_name("article_app.py.txt")


@pytest.fixture
def article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app.py").write_bytes(PRINTED.read_bytes())
    monkeypatch.chdir(tmp_path)


def test_it_is_exactly_as_printed(checkout: Path) -> None:
    article = checkout.parent / "shared" / "article.md"
    if not article.exists():
        pytest.skip("the article does not lie beside this checkout")
    code = re.search(r"```python\n(from flask.*?)```", article.read_text(), re.DOTALL)
    assert code is not None
    assert code[1] == PRINTED.read_text()


@pytest.mark.usefixtures("article")
def test_its_task_runs_from_its_route_to_its_result(make_stack: Callable[..., Stack]) -> None:
    lab = make_stack(worker="app:celery", web="app:app").start()
    answer = lab.get("/start_task")
    assert answer.status_code == 202
    task_id = answer.json()["task_id"]
    status = lab.get(f"/task_status/{task_id}").json()
    assert status == {"state": "PENDING", "status": "Pending..."}
    lab.celery.AsyncResult(task_id).get(timeout=30)
    done = lab.get(f"/task_status/{task_id}").json()
    assert done["state"] == "SUCCESS"
    assert done["result"] == "Task unique_task_id completed successfully"


@pytest.mark.usefixtures("article")
def test_the_environment_points_it_only_where_that_is_asked_for(
    make_stack: Callable[..., Stack],
) -> None:
    names = {"CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"}
    assert names < set(make_stack(worker="app:celery", web="app:app").environ())
    assert not names & set(make_stack(worker="app:celery", celery_env=False).environ())
    assert not names & set(make_stack().environ())


def test_no_celery_variable_of_the_kernel_reaches_a_service(
    make_stack: Callable[..., Stack],
    write_module: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://elsewhere")
    write_module(
        """
        import os
        from flask import Flask, jsonify
        app = Flask(__name__)
        @app.get("/environ")
        def environ():
            return jsonify(dict(os.environ))
        """,
        "mine.py",
    )
    lab = make_stack(worker=None, web="mine:app", celery_env=False).start()
    seen = lab.get("/environ").json()
    assert [name for name in seen if name.startswith("CELERY_")] == []
    assert seen["REDIS_URL"] == str(lab.redis.url)
    assert os.environ["CELERY_BROKER_URL"] == "amqp://elsewhere"
