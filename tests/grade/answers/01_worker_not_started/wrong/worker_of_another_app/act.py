"""The article's command in the wrong folder: the app knows neither task, and throws them away."""

import os
import subprocess
import sys
import threading
import time

COMMAND = "-m celery -A labapp.tasks worker -Q pictures,celery -P solo -n other@lab"


def act(stack):
    worker = subprocess.Popen(
        [sys.executable, *COMMAND.split()],
        env={**os.environ, **stack.environ()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    threading.Thread(target=end_with, args=(stack, worker)).start()
    while not stack.celery.control.ping(timeout=0.5):
        assert worker.poll() is None, "the other worker does not come up"


def end_with(stack, worker):
    while stack.running:
        time.sleep(0.2)
    worker.kill()
    worker.wait()
