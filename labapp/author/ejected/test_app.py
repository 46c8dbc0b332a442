"""What the app promises, tried against the Redis server that REDIS_URL names."""

import runpy
import time
from uuid import uuid4

import pytest
from celery.contrib.testing.worker import start_worker
from redis import Redis, RedisError

from app import REDIS_URL, app, celery, long_running_task
from app import __file__ as app_file

# A name of our own before each key: a worker of yours on the same server takes nothing from here.
PREFIX = f'tests-{uuid4()}:'
QUEUE = PREFIX + 'celery'
celery.conf.broker_transport_options = {'global_keyprefix': PREFIX}
celery.conf.result_backend_transport_options = {'global_keyprefix': PREFIX}


@pytest.fixture(scope='session', autouse=True)
def redis():
    """The server; what the tests leave on it is removed."""
    server = Redis.from_url(REDIS_URL)
    try:
        server.ping()
    except RedisError as error:
        pytest.exit(f'No Redis server can be used: {error}. Start one, or set REDIS_URL.')
    yield server
    for key in server.scan_iter(f'{PREFIX}*'):
        server.delete(key)


@pytest.fixture(scope='session')
def worker(redis):
    """A worker in this process, one task at a time."""
    with start_worker(celery, pool='solo', perform_ping_check=False, shutdown_timeout=30):
        yield


@pytest.fixture
def client():
    return app.test_client()


def status_of(client, task_id):
    answer = client.get(f'/task_status/{task_id}')
    assert answer.status_code == 200
    return answer.get_json()


def await_state(client, task_id, *wanted):
    """Ask until the task is in one of these states, for 20 seconds at most."""
    deadline = time.monotonic() + 20
    while (told := status_of(client, task_id))['state'] not in wanted:
        assert time.monotonic() < deadline, told
        time.sleep(0.02)
    return told


def test_a_post_is_answered_before_anything_is_done(client, redis):
    answer = client.post('/start_task')
    assert answer.status_code == 202
    assert status_of(client, answer.get_json()['task_id'])['state'] == 'PENDING'
    assert redis.llen(QUEUE) == 1
    redis.delete(QUEUE)


def test_a_get_starts_nothing(client, redis):
    assert client.get('/start_task').status_code == 405
    assert redis.llen(QUEUE) == 0


def test_two_tasks_have_two_ids(client, redis):
    first, second = (client.post('/start_task').get_json()['task_id'] for _ in range(2))
    assert first != second
    redis.delete(QUEUE)


def test_a_task_that_runs_says_so(client, worker):
    task = long_running_task.delay(seconds=1)
    told = await_state(client, task.id, 'STARTED', 'SUCCESS')
    assert told == {'state': 'STARTED', 'status': 'Started...'}
    await_state(client, task.id, 'SUCCESS')


def test_a_result_names_its_own_task(client, worker):
    task = long_running_task.delay(seconds=0)
    told = await_state(client, task.id, 'SUCCESS')
    assert told['result'] == f'Task {task.id} completed successfully'


@pytest.mark.parametrize('state', ['RETRY', 'REVOKED', 'FAILURE'])
def test_an_exception_is_told_in_its_own_words(client, state):
    task_id = str(uuid4())
    celery.backend.store_result(task_id, ConnectionError('the mail server is away'), state)
    assert status_of(client, task_id) == {'state': state, 'status': 'the mail server is away'}


def test_broker_and_results_are_where_redis_url_says():
    assert celery.conf.broker_url == celery.conf.result_backend == REDIS_URL


def test_the_debugger_is_off(monkeypatch):
    ran = {}
    monkeypatch.setattr('flask.Flask.run', lambda self, **options: ran.update(options))
    runpy.run_path(app_file, run_name='__main__')
    assert not ran.get('debug')
