"""All is done, and then a worker of another app joins: half of what comes is thrown away."""

import os
import subprocess
import sys
import threading
import time

COMMAND = "-m celery -A labapp.tasks worker -Q pictures -P solo -n other@lab"


def act(stack):
    stack.add_worker("album", queues=["pictures", "celery"])
    while any(state == "PENDING" for _, state in stack.get("/photos").json()):
        time.sleep(0.2)
    worker = subprocess.Popen(
        [sys.executable, *COMMAND.split()],
        env={**os.environ, **stack.environ()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    threading.Thread(target=end_with, args=(stack, worker)).start()
    while not any("other@lab" in one for one in stack.celery.control.ping(timeout=0.5)):
        assert worker.poll() is None, "the other worker does not come up"


def end_with(stack, worker):
    while stack.running:
        time.sleep(0.2)
    worker.kill()
    worker.wait()
