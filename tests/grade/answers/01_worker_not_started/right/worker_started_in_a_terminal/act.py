"""The article's command, typed into a terminal in the exercise's folder."""

import os
import subprocess
import sys
import threading
import time


def act(stack):
    worker = subprocess.Popen(
        [sys.executable, *"-m celery -A photos.celery worker -Q pictures,celery -P solo".split()],
        env={**os.environ, **stack.environ()},
        cwd=stack._cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    threading.Thread(target=end_with, args=(stack, worker)).start()
    while any(state == "PENDING" for _, state in stack.get("/photos").json()):
        assert worker.poll() is None, "the worker does not come up"
        time.sleep(0.2)


def end_with(stack, worker):
    while stack.running:
        time.sleep(0.2)
    worker.kill()
    worker.wait()
