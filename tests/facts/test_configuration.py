"""What Celery reads, what it ignores, and what its defaults are."""

import socket
from importlib.metadata import requires
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import ImproperlyConfigured
from celery.utils.time import get_exponential_backoff_interval
from flask import Flask
from packaging.requirements import Requirement
from redis import Redis
from werkzeug.debug import DebuggedApplication
from werkzeug.test import Client

from tests.facts.conftest import run_python


@pytest.mark.fact("03_build_the_app", "04_configuration_ignored")
def test_an_upper_case_broker_key_is_not_read_by_conf_update() -> None:
    app = Celery("facts", set_as_current=False)
    app.conf.update(CELERY_BROKER_URL="redis://right:6379/0")
    assert app.conf.broker_url is None
    assert app.connection_for_write().transport_cls == "amqp"


@pytest.mark.fact("03_build_the_app", "04_configuration_ignored")
def test_an_upper_case_result_key_is_read_all_the_same() -> None:
    app = Celery("facts", set_as_current=False)
    app.conf.update(CELERY_RESULT_BACKEND="redis://right:6379/0")
    assert app.conf.result_backend == "redis://right:6379/0"


@pytest.mark.fact("04_configuration_ignored")
def test_with_a_namespace_both_upper_case_keys_are_read() -> None:
    class Settings:
        CELERY_BROKER_URL = "redis://right:6379/0"
        CELERY_RESULT_BACKEND = "redis://right:6379/1"

    app = Celery("facts", set_as_current=False)
    app.config_from_object(Settings, namespace="CELERY")
    assert app.conf.broker_url == Settings.CELERY_BROKER_URL
    assert app.conf.result_backend == Settings.CELERY_RESULT_BACKEND


@pytest.mark.fact("04_configuration_ignored")
def test_a_misspelt_key_is_reported_by_nobody() -> None:
    app = Celery("facts", set_as_current=False)
    app.conf.update(task_acks_lates=True)
    assert app.conf.task_acks_late is False


@pytest.mark.fact("03_build_the_app", "04_configuration_ignored")
def test_old_and_new_names_in_one_object_are_refused() -> None:
    class Settings:
        BROKER_URL = "redis://right:6379/0"
        result_backend = "redis://right:6379/1"
        task_acks_late = True

    app = Celery("facts", set_as_current=False)
    app.config_from_object(Settings)
    with pytest.raises(ImproperlyConfigured, match="Cannot mix new and old setting keys"):
        _ = app.conf.task_acks_late


@pytest.mark.fact("03_wrong_urls", "03_build_the_app")
def test_an_address_in_the_environment_wins_over_the_module() -> None:
    code = "from celery import Celery; print(Celery(broker='redis://module/0').conf.broker_url)"
    assert run_python(code).stdout.strip() == "redis://module/0"
    told = run_python(code, CELERY_BROKER_URL="redis://environment/0").stdout.strip()
    assert told == "redis://environment/0"


@pytest.mark.fact("03_build_the_app", "04_configuration_ignored")
def test_a_flask_object_is_no_celery_app() -> None:
    code = (
        "import sys, types, flask\n"
        "module = types.ModuleType('web'); module.app = flask.Flask('web')\n"
        "sys.modules['web'] = module\n"
        "from celery.bin.celery import main\n"
        "sys.argv = ['celery', '-A', 'web', 'status']; main()"
    )
    done = run_python(code)
    assert done.returncode != 0
    assert "'Flask' object has no attribute 'user_options'" in done.stderr


@pytest.mark.fact("03_build_the_app")
def test_redis_as_a_broker_needs_the_packaging_library() -> None:
    code = (
        "import sys; sys.modules['packaging'] = None\n"
        "from celery import Celery\n"
        "Celery(broker='redis://127.0.0.1:1/0').connection_for_write().transport"
    )
    done = run_python(code)
    assert "packaging" in done.stderr.strip().splitlines()[-1]
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.fact("05_when_things_fail")
def test_a_message_is_acknowledged_early_and_four_are_prefetched_for_each_slot() -> None:
    conf = Celery("facts", set_as_current=False).conf
    assert conf.task_acks_late is False
    assert conf.worker_prefetch_multiplier == 4
    assert conf.task_track_started is False


@pytest.mark.fact("05_arguments")
def test_a_worker_accepts_json_alone() -> None:
    conf = Celery("facts", set_as_current=False).conf
    assert list(conf.accept_content) == ["json"]
    assert conf.task_serializer == "json"


@pytest.mark.fact("05_when_things_fail")
def test_redis_hides_a_message_for_an_hour() -> None:
    from kombu.transport.redis import Channel

    assert Channel.visibility_timeout == 3600


@pytest.mark.fact("06_unhandled_exceptions", "05_when_things_fail")
def test_backoff_doubles_up_to_its_maximum() -> None:
    waits = [
        get_exponential_backoff_interval(factor=1, retries=n, maximum=10, full_jitter=False)
        for n in range(6)
    ]
    assert waits == [1, 2, 4, 8, 10, 10]


@pytest.mark.fact("06_unhandled_exceptions", "05_when_things_fail")
def test_with_jitter_a_wait_is_a_whole_number_from_nothing_to_the_backoff() -> None:
    waits = {
        get_exponential_backoff_interval(factor=1, retries=3, maximum=600, full_jitter=True)
        for _ in range(500)
    }
    assert waits == set(range(9))


@pytest.mark.fact("02_redis_not_running")
def test_redis_py_waits_five_seconds_for_an_answer_and_tries_again() -> None:
    options = Redis().connection_pool.connection_kwargs
    assert options["socket_timeout"] == 5
    assert options["retry"].get_retries() == 10


@pytest.mark.fact("02_redis_not_running")
def test_told_twice_not_to_wait_a_send_without_redis_fails_at_once() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        code = (
            "from celery import Celery\n"
            f"app = Celery(broker={url!r}, backend={url!r})\n"
            "no = {'max_retries': 0, 'interval_start': 0, 'interval_step': 0, 'interval_max': 0}\n"
            "short = {'socket_timeout': 0.3, 'socket_connect_timeout': 0.3}\n"
            "app.conf.update(broker_transport_options=short | no, task_publish_retry=False,\n"
            "    redis_socket_timeout=0.3, redis_socket_connect_timeout=0.3,\n"
            "    result_backend_transport_options={'retry_policy': {'timeout': 0.3, **no}})\n"
            "import time; began = time.monotonic()\n"
            "try: app.send_task('x')\n"
            "except Exception as error: print(time.monotonic() - began)"
        )
        waited = float(run_python(code).stdout)
    assert waited < 9  # without the settings: 19 s


@pytest.mark.fact("03_build_the_app")
def test_a_file_named_as_a_library_hides_it(tmp_path: object) -> None:
    path = str(tmp_path)
    with open(f"{path}/redis.py", "w") as file:
        file.write("mine = True\n")
    done = run_python("import redis; print(hasattr(redis, 'Redis'))", PYTHONPATH=path)
    assert done.stdout.strip() == "False"


@pytest.mark.fact("03_build_the_app")
def test_kombu_asks_for_packaging_only_in_its_redis_extra() -> None:
    asked = [Requirement(line) for line in requires("kombu") or ()]
    (packaging,) = [one for one in asked if one.name == "packaging"]
    assert packaging.marker
    assert packaging.marker.evaluate({"extra": "redis"})
    assert not packaging.marker.evaluate({"extra": ""})


@pytest.mark.fact("03_build_the_app")
def test_debug_puts_a_console_before_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, Any] = {}
    monkeypatch.setattr("werkzeug.serving.run_simple", lambda *_, **told: served.update(told))
    app = Flask("facts")
    app.run(debug=True)
    assert served["use_debugger"]
    assert Client(DebuggedApplication(app, evalex=True)).get("/console").status_code == 200
    assert Client(app).get("/console").status_code == 404
