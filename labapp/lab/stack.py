"""The lab without displays: what tests, the command line and the judge of exercises use."""

from __future__ import annotations

import contextlib
import os
import time
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from labapp.lab.boot import VIEWERS
from labapp.lab.boot.reaper import remove_folder
from labapp.lab.client import bare_client, import_client, retire
from labapp.lab.errors import LabError, StateError
from labapp.lab.events import Switchboard
from labapp.lab.faults import Breakable
from labapp.lab.folder import current_folder, existing_folder, make_folder, seed_data, write_record
from labapp.lab.guardian import Guardian
from labapp.lab.health import Health, examine_health
from labapp.lab.part import Part, needs
from labapp.lab.processes import start_mark
from labapp.lab.redis_part import OutsideRedis, RedisPart
from labapp.lab.requests import Requests
from labapp.lab.spec import check_environ, check_number, check_spec, refuse_hiding_files
from labapp.lab.surroundings import Surroundings
from labapp.lab.web_part import FlowerPart, WebPart
from labapp.lab.worker_part import WorkerPart

OWN_WORKER = "labapp.tasks:celery"
OWN_WEB = "labapp.web:create_app"
REDIS_SCHEMES = ("redis://", "rediss://", "valkey://")


class Stack(Requests, Surroundings, Breakable, Switchboard):
    """A real Redis, any number of workers and the web app, in the background.

    `worker` and `web` name the apps as `module:attribute`, found from `folder`, by default the
    current one; None leaves that part out. `broker` (and `backend`, if it differs) is somebody
    else's server; by default LABAPP_REDIS_URL, else the lab runs its own, and `database` is the
    number in its REDIS_URL. `celery_env` says whether services see CELERY_BROKER_URL and
    CELERY_RESULT_BACKEND, which override what a module says: by default only where a learner's own
    module is named. `stock` leaves Celery's own retries and shutdown alone.

    Nothing starts before `start()`; when the process that started it ends, however it ends,
    everything of the lab is gone within two seconds.
    """

    def __init__(
        self,
        *,
        worker: str | None = OWN_WORKER,
        web: str | None = OWN_WEB,
        broker: str | None = None,
        backend: str | None = None,
        workers: int = 1,
        concurrency: int = 2,
        pool: str = "prefork",
        queues: list[str] | None = None,
        flower: bool = False,
        stock: bool = False,
        redis_server: str | None = None,
        web_port: int | None = None,
        celery_env: bool | None = None,
        env: dict[str, str] | None = None,
        folder: str | Path | None = None,
        database: int = 0,
    ) -> None:
        super().__init__()
        self._cwd = current_folder() if folder is None else existing_folder(folder)
        specs = {"worker": worker, "web": web}
        for what, spec in specs.items():
            if spec is not None:
                check_spec(spec, what)
        self._own_module = any(s not in (None, OWN_WORKER, OWN_WEB) for s in specs.values())
        self.stock = stock
        self._celery_env = self._own_module if celery_env is None else celery_env
        self._env = check_environ(env)
        broker = broker or os.environ.get("LABAPP_REDIS_URL") or None
        outside = next((u for u in (backend, broker) if u and u.startswith(REDIS_SCHEMES)), None)
        self.redis: RedisPart | OutsideRedis = (
            OutsideRedis(self, outside) if outside else RedisPart(self, redis_server, database)
        )
        self._broker, self._backend = broker, backend
        self.workers: dict[str, WorkerPart] = {}
        if worker is not None:
            for number in range(1, check_number(workers, "workers", 0, 32) + 1):
                name = "worker" if number == 1 else f"worker{number}"
                self.workers[name] = WorkerPart(
                    self, name, worker, queues=queues, concurrency=concurrency, pool=pool
                )
        self._web = WebPart(self, "web", web, web_port) if web else None
        self._flower = FlowerPart(self, "flower", worker) if flower and worker else None
        self._worker_spec = worker
        self.folder_path = Path(os.devnull)
        self._record: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def parts(self) -> list[Part]:
        """Redis, web, workers, Flower: what this lab has."""
        found = [self.redis, self._web, *self.workers.values(), self._flower]
        return [part for part in found if part is not None]

    @property
    def worker(self) -> WorkerPart:
        """The first worker."""
        return needs(next(iter(self.workers.values()), None), "worker")  # type: ignore[no-any-return]

    @property
    def web(self) -> WebPart:
        """The web app."""
        return needs(self._web, "web app")  # type: ignore[no-any-return]

    @property
    def flower(self) -> FlowerPart:
        """Flower, in a lab made with flower=True."""
        return needs(self._flower, "Flower (make it with flower=True)")  # type: ignore[no-any-return]

    @cached_property
    def celery(self) -> Any:
        """A bare Celery client of this lab's broker and results; it knows no task's code.

        Who watches its tasks has the lab's own workers send events, unless they are stock ones.
        """
        watched = self._worker_spec is not None and not self.stock
        return bare_client(self.broker_url, self.backend_url, VIEWERS if watched else None)

    def start(self, timeout: float = 30.0) -> Self:
        """Start every part, side by side; returns when each has said that it is ready.

        Starting twice is harmless. If one part cannot start, the others are ended, and LabError
        says which part, why, its last log lines and what to do.
        """
        with self.locked("start the lab"):
            broken = [fault.part for fault in self.faults.on]
            if self.running and all(p.state == "ready" or p in broken for p in self.parts()):
                return self
            if self._guardian is not None:
                self.stop()
            refuse_hiding_files(self._cwd)
            try:
                self._begin()
                self._start_parts(time.monotonic() + timeout)
            except BaseException:
                self._end(2.0)
                raise
        return self

    def _begin(self) -> None:
        self._owner = os.getpid()
        with self._changed:  # an earlier guardian may be saying its last word at this moment
            self.gone = False
            self._processes = {}
        self.__dict__.pop("celery", None)
        self.folder_path = make_folder()
        self._record = {
            "kernel": os.getpid(),
            "started": time.time(),
            "folder": str(self._cwd),
            "parts": [],
        }
        write_record(self.folder_path, self._record)
        seed_data(self.data)
        self._guardian = Guardian(self.folder_path, partial(self.hear, self._processes))
        self._record["guardian"] = [self._guardian.pid, start_mark(self._guardian.pid)]
        write_record(self.folder_path, self._record)

    def _start_parts(self, deadline: float) -> None:
        self.redis.launch()
        self.guardian.warm()
        import_client()
        self.redis.await_ready(deadline)
        rest = [part for part in self.parts() if part is not self.redis]
        # The slowest first; and Flower before the web app, which is told Flower's address.
        for part in sorted(rest, key=lambda part: ("worker", "flower", "web").index(part.kind)):
            part.launch()
        for part in rest:
            part.await_ready(deadline)

    def stop(self, timeout: float = 5.0) -> None:
        """End every part, running tasks within `timeout` seconds; harmless if it does not run."""
        if os.getpid() != self._owner:
            return  # a forked child, where the lock may be held for ever
        with self.locked("stop the lab"):
            if self._guardian is None:
                return
            with contextlib.suppress(StateError):  # an interrupted stop is ended by the next one
                _ = self.guardian
                self.faults.end()
                ending = [part.begin_stop() for part in self.parts() if part.kind != "redis"]
                self.wait_for(lambda: all(p is None or p.ended for p in ending), timeout)
            self._end(5.0)

    def _end(self, timeout: float) -> None:
        self.faults.end()
        for part in self.parts():
            part.keep_logs()
        guardian = self._guardian
        if guardian is not None:
            guardian.abandon()  # an interrupt from here on changes nothing: all of it ends
        self._guardian = None
        for part in self.parts():
            if part.state not in ("failed", "killed"):
                part.set_state("stopped")
        if guardian is None:
            remove_folder(str(self.folder_path))
        elif not guardian.close(timeout):
            raise LabError("The lab has not ended in time. `labapp clean` ends what is left of it.")
        with contextlib.suppress(Exception):
            retire(self.__dict__.pop("celery"))

    def add_worker(
        self,
        name: str,
        queues: list[str] | None = None,
        concurrency: int = 1,
        pool: str = "prefork",
        timeout: float = 30.0,
    ) -> WorkerPart:
        """Start one more worker of the same app, on queues of its own if you name some."""
        with self.acting("add a worker"):
            taken = ["guardian", *(part.name for part in self.parts())]
            if name in taken or not name.isidentifier() or len(name) > 40:
                raise StateError(f"{name!r:.50} is taken or not a plain word; choose another.")
            spec = needs(self._worker_spec, "worker app")
            part = WorkerPart(self, name, spec, queues=queues, concurrency=concurrency, pool=pool)
            self.workers[name] = part
            try:
                part.start(timeout)
            except BaseException:
                del self.workers[name]
                raise
            return part

    def health(self, timeout: float = 10.0) -> Health:
        """Each part ready, a message to each worker and back, queues empty: ok or what is wrong."""
        return examine_health(self, timeout)

    def on_processes_changed(self) -> None:
        """Keep the record of pids that `labapp ps` and `labapp clean` go by."""
        if self._guardian is not None and not self.gone:
            living = [p for p in list(self._processes.values()) if p.pid and not p.ended]
            self._record["parts"] = [[p.key, p.pid, start_mark(p.pid)] for p in living if p.pid]
            with contextlib.suppress(LabError):
                write_record(self.folder_path, self._record)
