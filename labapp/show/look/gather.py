"""One look at a Celery app's broker and result store, as plain data."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from redis.exceptions import RedisError

from labapp.lab.secret import mask
from labapp.live.broker import redis_params
from labapp.show.look.budget import Budget
from labapp.show.look.other_brokers import look_elsewhere
from labapp.show.look.redis_broker import RedisBroker
from labapp.show.look.redis_keys import read_keys
from labapp.show.look.redis_reader import PATIENCE, Reader, Scan, connect
from labapp.show.look.redis_results import read_results

Data = dict[str, Any]
NO_RESULTS: Data = {"says": "", "count": 0, "kept": [], "left_out": 0}


def gather(app: Any, budget: Budget) -> Data:
    """Look once. What cannot be looked at is a sentence in ``notes``; nothing is raised for it."""
    data: Data = {
        "at": time.time(),
        "broker": "",
        "kind": "",
        "queues": [],
        "unacked": None,
        "results": NO_RESULTS,
        "keys": [],
        "others": [],
        "notes": [],
    }
    with app.connection_for_read(connect_timeout=PATIENCE) as connection:
        data["broker"] = str(connection.as_uri())
        data["kind"] = str(connection.transport.driver_type)
        with _told(data, "The broker"):
            if type(connection.transport).__name__ == "Transport" and data["kind"] == "redis":
                _look_at_redis(app, connection, data, budget)
            else:
                said, data["queues"] = look_elsewhere(app, connection, budget)
                data["notes"].append(said)
                with _told(data, "The result store"):
                    _look_at_results(app, data, budget, None, None)
    return data


def _look_at_redis(app: Any, connection: Any, data: Data, budget: Budget) -> None:
    params = redis_params(connection)
    with contextlib.closing(connect(params)) as client:
        reader = Reader(client)
        scan = reader.scan()
        broker = RedisBroker(app, reader, scan, dict(connection.transport_options or {}))
        data["queues"] = broker.queues(budget)
        data["unacked"] = broker.unacked(budget)
        stored = getattr(app.backend, "connparams", None)
        used = set(broker.used)
        if isinstance(stored, dict) and _place(stored) == _place(params):
            used |= _result_keys(app, scan)
        prefixes = {broker.prefix, _prefix_of_results(app)}
        data["keys"], data["others"] = read_keys(reader, scan, used, prefixes, budget)
        if scan.left_out:
            data["notes"].append(
                f"{scan.left_out:,} of {scan.total:,} keys were not looked through."
            )
        with _told(data, "The result store"):
            _look_at_results(app, data, budget, params, (reader, scan))


def _look_at_results(
    app: Any,
    data: Data,
    budget: Budget,
    params: dict[str, Any] | None,
    seen: tuple[Reader, Scan] | None,
) -> None:
    """Results in Redis; where they lie beside the broker's keys, that scan serves both."""
    backend = app.backend
    stored = getattr(backend, "connparams", None)
    if not isinstance(stored, dict) or not hasattr(backend, "task_keyprefix"):
        name = type(backend).__name__
        data["notes"].append(
            "This app stores no results."
            if name == "DisabledBackend"
            else f"Results are kept by {name}, not in Redis: read them with AsyncResult."
        )
        return
    if seen is not None and params is not None and _place(stored) == _place(params):
        data["results"] = read_results(backend, *seen, budget)
        return
    bounds = {"socket_timeout": PATIENCE, "protocol": 2}
    if "socket_connect_timeout" in stored:
        bounds["socket_connect_timeout"] = PATIENCE
    with contextlib.closing(backend._create_client(**{**stored, **bounds})) as client:
        reader = Reader(client)
        scan = reader.scan()
        data["results"] = read_results(backend, reader, scan, budget)
        rows, others = read_keys(reader, scan, _result_keys(app, scan), {""}, budget)
        data["keys"] += rows
        data["others"] += others


def _result_keys(app: Any, scan: Scan) -> set[bytes]:
    prefix = getattr(app.backend, "task_keyprefix", None)
    return {key for key in scan.types if isinstance(prefix, bytes) and key.startswith(prefix)}


def _prefix_of_results(app: Any) -> str:
    options = app.conf.result_backend_transport_options or {}
    return str(options.get("global_keyprefix") or "")


def _place(params: dict[str, Any]) -> tuple[Any, ...]:
    """Server and database, to tell whether two addresses are one."""
    path = params.get("unix_socket_path") or params.get("path")
    where = path or (params.get("host"), int(params.get("port") or 6379))
    return where, int(params.get("db") or 0)


@contextlib.contextmanager
def _told(data: Data, who: str) -> Any:
    """What goes wrong with a server or its permissions becomes a sentence."""
    try:
        yield
    except (RedisError, OSError) as error:
        data["notes"].append(f"{who} cannot be looked at: {mask(str(error))}")
    except Exception as error:
        if not type(error).__module__.startswith(("kombu", "amqp", "celery")):
            raise
        data["notes"].append(f"{who} cannot be looked at: {mask(str(error))}")
