"""Cores that are at work already: what a slow machine does to a lab."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager


def cores() -> int:
    return os.cpu_count() or 2


def all_but_one() -> int:
    return max(1, cores() - 1)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep so many cores at work for as long as the block lasts."""
    workers = [
        multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
        for _ in range(count)
    ]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _spin() -> None:
    while True:
        pass
