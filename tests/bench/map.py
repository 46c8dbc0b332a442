"""Map, timeline and watch together in JupyterLab, at a hundred tasks a second: what they cost."""

import time

import psutil

from tests.bench.page import desk_and_browser
from tests.bench.table import Row
from tests.browser.notebooks import KERNEL_IS_IDLE, Notebook

RATE, SECONDS = 100, 10
#: Shares of one core, and seconds of a frame at the 95th percentile.
KERNEL_BAR, FRAME_BAR = 0.25, 0.050
MODULE = """
import os, sys, time
from celery import Celery
app = Celery("many", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])

@app.task(name="short")
def short():
    time.sleep(0.005)

if __name__ == "__main__":
    begin = time.monotonic()
    for number, key in enumerate(open("ids.txt").read().split()):
        time.sleep(max(0.0, begin + number / RATE - time.monotonic()))
        app.send_task("short", task_id=key)
""".replace("RATE", str(RATE))
CELLS = [
    "import os, subprocess, sys, time, uuid\n"
    "from labapp import Lab, watch\n"
    'lab = Lab(worker="many:app", web=None, celery_env=False).start()\n'
    "for _ in range(20): lab.celery.send_task('short')\n"
    "time.sleep(3)\n"
    "print('kernel', os.getpid())",
    "lab.system_map()",
    f"ids = [str(uuid.uuid4()) for _ in range({RATE * SECONDS})]\n"
    "open('ids.txt', 'w').write(' '.join(ids))\n"
    "results = [lab.celery.AsyncResult(key) for key in ids]\n"
    "w = watch(results)",
    "t = lab.timeline(*results[:200])",
    "sender = subprocess.Popen([sys.executable, 'many.py'], env={**os.environ, **lab.environ()})",
    "sender.wait(); w.wait(60); print(lab.recording.history.counts)",
    "lab.stop()",
]
FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const note = now => { window.frames_.push(now - last); last = now; window.go &&
    requestAnimationFrame(note); };
  window.go = true;
  requestAnimationFrame(note);
}"""


class Unwatched(Notebook):
    """Without the tests' own notes of each change in the page: they cost more than the displays."""

    def settle(self) -> None:
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)


def measure() -> list[Row]:
    """Processor time of the kernel's process, and frames of the page, over the same seconds."""
    with desk_and_browser() as (desk, browser):
        (desk.my / "many.py").write_text(MODULE)
        notebook = Unwatched(browser.new_page(viewport={"width": 1280, "height": 1400}), desk)
        notebook.open("many", CELLS)
        for place in (0, 1, 2, 3):
            notebook.run(place)
        kernel = psutil.Process(int(notebook.output(0).inner_text().split("kernel ")[1].split()[0]))
        idle = share(kernel, 3.0)
        notebook.page.locator(".lab-map").scroll_into_view_if_needed()
        notebook.page.evaluate(FRAMES)
        time.sleep(3.0)
        still = sorted(notebook.page.evaluate("(window.go = false, window.frames_)"))
        notebook.run(4)
        time.sleep(1.0)
        notebook.page.evaluate(FRAMES)
        busy = share(kernel, SECONDS - 2.5)
        frames = sorted(notebook.page.evaluate("(window.go = false, window.frames_)"))
        notebook.run(5)
        print("  ", notebook.output(5).inner_text().strip())
        notebook.run(6)
        notebook.page.close()
    late, before = (group[int(0.95 * len(group))] / 1000 for group in (frames, still))
    return [
        Row(
            "kernel at 100 tasks a second",
            f"{busy:.1%} of a core",
            f"{idle:.1%} idle",
            busy,
            KERNEL_BAR,
        ),
        Row(
            "frame, 95th percentile",
            f"{1000 * late:.1f} ms",
            f"{1000 * before:.1f} ms before",
            late,
            FRAME_BAR,
        ),
    ]


def share(process: psutil.Process, seconds: float) -> float:
    """Of one core, over so many seconds."""
    before, begin = process.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return spent / (time.monotonic() - begin)
