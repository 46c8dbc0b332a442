"""How old a report is when it is known: pushed to the page, pushed to the feed, and polled."""

import threading
import time
from pathlib import Path
from statistics import median

from labapp.lab import Stack
from labapp.live import feed_for
from tests.bench.by_hand import scratch
from tests.bench.page import desk_and_browser
from tests.bench.restart import inside
from tests.bench.table import Row, spread
from tests.browser.notebooks import Notebook

ROUNDS = 8
REPORTS = 12
APART = 0.3
POLL = 0.5
#: Seconds from update_state to the page, as a figure of its own; and the feed's share of a poll.
PAGE_BAR = 0.060
FEED_BAR = 1 / 100
MODULE = f"""
import os, time
from celery import Celery
app = Celery("push", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])

@app.task(bind=True, name="report")
def report(self):
    for step in range({REPORTS}):
        meta = {{"current": step, "total": {REPORTS}, "message": f"at {{time.time():.6f}} s"}}
        self.update_state(state="PROGRESS", meta=meta)
        time.sleep({APART})
    return "over"
"""
CELLS = [
    "from labapp import Lab, watch\n"
    'lab = Lab(worker="push:app", web=None, celery_env=False).start()',
    'w = watch(lab.celery.send_task("report"))',
    "w.wait(60);",
    "lab.stop()",
]
# When the text of a report stands in the page: in seconds of the same clock as the worker's.
NOTE_REPORTS = """() => {
  window.reports = new Map();
  new MutationObserver(() => {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    const found = /at ([0-9.]+) s/.exec(document.querySelector('.lab-said')?.textContent ?? '');
    if (found && !window.reports.has(found[1])) window.reports.set(found[1], now - found[1]);
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def measure(rounds: int = ROUNDS) -> list[Row]:
    """In the page and by a poll in turn; then in the feed and by a poll in turn."""
    page, page_poll, drawn = in_the_page(rounds)
    feed, feed_poll = in_the_feed(rounds)
    ratio = median(feed) / median(feed_poll)
    return [
        Row("update_state to the page", spread(page), spread(page_poll), median(page), PAGE_BAR),
        Row("  final states drawn", f"{drawn} of {rounds}", "", rounds / max(drawn, 0.1), 1.0),
        Row("update_state to the feed", spread(feed), spread(feed_poll), ratio, FEED_BAR),
    ]


def in_the_page(rounds: int) -> tuple[list[float], list[float], int]:
    """Ages of reports as they stand in the page, and at a poll; and how often the end was drawn."""
    shown, polled, drawn = [], [], 0
    with desk_and_browser() as (desk, browser):
        (desk.my / "push.py").write_text(MODULE)
        notebook = Notebook(browser.new_page(), desk)
        notebook.open("push", CELLS)
        with lab_in(desk.my) as beside:
            notebook.run(0)
            for _ in range(rounds):
                notebook.page.evaluate(NOTE_REPORTS)
                notebook.run(1)
                notebook.run(2)
                drawn += "over" in notebook.output(1).inner_text()
                shown += notebook.page.evaluate("[...window.reports.values()]")
                polled += by_poll(beside)
            notebook.run(3)
        notebook.page.close()
    assert len(shown) > 0.9 * rounds * REPORTS, f"only {len(shown)} reports reached the page"
    return shown, polled, drawn


def in_the_feed(rounds: int) -> tuple[list[float], list[float]]:
    heard, polled = [], []
    with scratch() as folder:
        (folder / "push.py").write_text(MODULE)
        with lab_in(folder) as lab:
            for _ in range(rounds):
                heard += by_feed(lab)
                polled += by_poll(lab)
    return heard, polled


def lab_in(folder: Path) -> Stack:
    with inside(folder):
        return Stack(worker="push:app", web=None, celery_env=False)


def by_feed(lab: Stack) -> list[float]:
    ages: list[float] = []
    over = threading.Event()

    def hear(following) -> None:
        now = time.time()
        for state in following.changes().values():
            if state.message:
                ages.append(now - sent_at(state.message))
            if state.ready:
                over.set()

    result = lab.celery.send_task("report")
    following = feed_for(lab.celery).follow([result.id], hear)
    assert over.wait(60)
    following.close()
    return ages


def by_poll(lab: Stack) -> list[float]:
    """How old each report is at the first look after it: what was overwritten counts till then."""
    result = lab.celery.send_task("report")
    looks: list[float] = []
    reports: dict[float, None] = {}
    watching = feed_for(lab.celery).follow(
        [result.id],
        lambda f: [
            reports.setdefault(sent_at(s.message)) for s in f.changes().values() if s.message
        ],
    )  # so that those that no look finds are known too
    while not result.ready():
        time.sleep(POLL)
        _ = result.info
        looks.append(time.time())
    watching.close()
    return [min(look for look in looks if look > at) - at for at in reports]


def sent_at(message: str) -> float:
    return float(message.split()[1])
