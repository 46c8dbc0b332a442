"""What an idle lab takes of memory and processor, by part, against the same by hand."""

import os
import time
from pathlib import Path

import psutil

from labapp.lab import Stack
from tests.bench.by_hand import ByHand, article_app, article_venv, ask, scratch, until_first_success
from tests.bench.table import Row

BAR = 0.8
IDLE_BAR = 0.01
IDLE_SECONDS = 20


def measure() -> list[Row]:
    """PSS after 20 tasks, once it is quiet; then the processor time of 20 idle seconds."""
    mine, busy = of_the_lab()
    other, lean = of_by_hand(None), of_by_hand(article_venv())
    rows = [
        Row(f"  memory of {name}", f"{mine[name]:.1f} MB", f"{other.get(name, 0):.1f} MB")
        for name in mine
    ]
    total, by_hand = sum(mine.values()), sum(other.values())
    rows.append(
        Row("memory, idle (PSS)", f"{total:.1f} MB", f"{by_hand:.1f} MB", total / by_hand, BAR)
    )
    alone = sum(lean.values())
    what = "  by hand with the article's packages alone"
    rows.append(Row(what, f"{total:.1f} MB", f"{alone:.1f} MB", total / alone))
    rows.append(Row("idle processor, share of a core", f"{busy:.2%}", "", busy, IDLE_BAR))
    return rows


def of_the_lab() -> tuple[dict[str, float], float]:
    """Megabytes by part, and the share of a core, of a lab that runs alone."""
    here = Path.cwd()
    with scratch() as folder:
        article_app(folder)
        os.chdir(folder)
        try:
            with Stack(worker="app:celery", web="app:app") as lab:
                work(lab.web.port)
                parts = {p.name: family(p.pid) for p in lab.parts() if p.pid}
                parts["guardian"] = [lab.guardian.pid, *only_children(lab.guardian.pid, parts)]
                return megabytes(parts), idle_share(
                    [pid for pids in parts.values() for pid in pids]
                )
        finally:
            os.chdir(here)


def of_by_hand(bin_folder: Path | None) -> dict[str, float]:
    """Megabytes by process of the same three by hand, running alone."""
    with scratch() as folder:
        article_app(folder)
        hand = ByHand(folder, bin_folder)
        try:
            hand.start()
            work(hand.port)
            return megabytes({name: family(p.pid) for name, p in hand.processes.items()})
        finally:
            hand.stop()


def work(port: int) -> None:
    for _ in range(20):
        until_first_success(port)
    assert ask(port, "/nothing") is None


def family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def only_children(outer: int, parts: dict[str, list[int]]) -> list[int]:
    """The zygote: the outer guardian's child that is no part."""
    known = {pid for pids in parts.values() for pid in pids}
    return [child.pid for child in psutil.Process(outer).children() if child.pid not in known]


def megabytes(parts: dict[str, list[int]]) -> dict[str, float]:
    time.sleep(1)
    return {name: sum(pss(pid) for pid in pids) for name, pids in parts.items()}


def pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def idle_share(pids: list[int]) -> float:
    def used() -> float:
        times = [psutil.Process(pid).cpu_times() for pid in pids]
        return sum(t.user + t.system for t in times)

    begin, before = time.monotonic(), used()
    time.sleep(IDLE_SECONDS)
    return (used() - before) / (time.monotonic() - begin)
