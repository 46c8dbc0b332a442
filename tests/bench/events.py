"""What watching costs a worker: tasks a second with a watcher on every task, and with none."""

import time
from contextlib import suppress
from queue import Empty
from statistics import median

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from labapp.lab import Stack
from labapp.lab.boot import VIEWERS
from tests.bench.by_hand import scratch
from tests.bench.restart import inside
from tests.bench.table import Row, spread

ROUNDS = 7
TASKS = 2_000
#: Seconds of the arm without a watcher, in those of the arm with one: a throughput of 0.9.
BAR = 1 / 0.9
MODULE = """
import os
from celery import Celery
app = Celery("quick", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])

@app.task(name="quick")
def quick(number):
    return number
"""
WATCH = """
from labapp import watch
from labapp.lab.client import bare_client
app = bare_client({url!r}, {url!r}, {key!r})
"""


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Events off; events on; events on and each task watched by a notebook's kernel; in turn."""
    found: dict[str, list[float]] = {"off": [], "on": [], "watched": []}
    with scratch() as folder:
        (folder / "quick.py").write_text(MODULE)
        with inside(folder):
            lab = Stack(worker="quick:app", web=None, celery_env=False)
        manager = KernelManager(transport="ipc")
        manager.start_kernel()
        kernel = manager.client()
        kernel.start_channels()
        try:
            kernel.wait_for_ready(60)
            with lab:
                do(kernel, WATCH.format(url=str(lab.redis.url), key=VIEWERS))
                run(lab, kernel, "off")  # both are warm then
                for _ in range(rounds):
                    for arm, seconds in found.items():
                        seconds.append(run(lab, kernel, arm))
        finally:
            kernel.stop_channels()
            manager.shutdown_kernel(now=True)
    watched, on, off = (median(found[arm]) for arm in ("watched", "on", "off"))
    each = f"{TASKS:,} tasks"
    return [
        Row(f"{each}, each watched (against none)", spread(found["watched"]), spread(found["on"]),
            watched / on, BAR),
        Row("  throughput with a watcher", f"{TASKS / watched:,.0f} tasks/s",
            f"{TASKS / on:,.0f} tasks/s", on / watched),
        Row(f"  {each}, events on (against off)", spread(found["on"]), spread(found["off"]),
            on / off),
    ]  # fmt: skip


def run(lab: Stack, kernel: BlockingKernelClient, arm: str) -> float:
    """Seconds that the worker takes for tasks that all wait in the queue before it begins."""
    client = lab.redis.client()
    client.delete(VIEWERS)
    if arm != "off":
        client.set(VIEWERS, "bench")
    control = lab.celery.control
    control.cancel_consumer("celery", reply=True, timeout=5, limit=1)
    time.sleep(2.0)  # the worker looks once a second whether somebody wants events
    ids = [f"{arm}-{time.time_ns()}-{number}" for number in range(TASKS)]
    lab.celery.backend.on_task_call = lambda *_: None  # who sends does not listen here
    with lab.celery.producer_pool.acquire(block=True) as producer:
        for number, task_id in enumerate(ids):
            lab.celery.send_task("quick", [number], task_id=task_id, producer=producer)
    if arm == "watched":
        do(kernel, f"held = watch([app.AsyncResult(key) for key in {ids!r}])")
    begin = time.perf_counter()
    control.add_consumer("celery")
    keys = [f"celery-task-meta-{task_id}" for task_id in ids]
    wait_for_all(client, keys)
    took = time.perf_counter() - begin
    if arm == "watched":
        do(kernel, f"assert held.wait(30).snapshot()['counts'] == {{'SUCCESS': {TASKS}}}")
    client.delete(*keys)
    return took


def wait_for_all(client, keys: list[str]) -> None:
    """One command each 20 ms, in every arm the same."""
    while client.exists(*keys) < len(keys):
        time.sleep(0.02)


def do(kernel: BlockingKernelClient, code: str) -> None:
    """Run code in the kernel, its output thrown away; what it raises is raised here."""
    with suppress(Empty):
        while kernel.get_iopub_msg(timeout=0):
            pass
    reply = kernel.execute_interactive(
        code, store_history=False, output_hook=lambda _: None, timeout=60
    )
    if reply["content"]["status"] != "ok":
        raise RuntimeError("\n".join(reply["content"].get("traceback", ["the kernel failed"])))
