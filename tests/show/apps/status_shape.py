"""Progress as in Miguel Grinberg's example: current, total and a status, also in the result."""

import os
import time

from celery import Celery

celery_app = Celery("long", broker=os.environ["TEST_BROKER"], backend=os.environ["TEST_BACKEND"])


@celery_app.task(bind=True, name="long_task")
def long_task(self):
    total = 8
    for i in range(total):
        meta = {"current": i, "total": total, "status": f"Starting up solar array {i}..."}
        self.update_state(state="PROGRESS", meta=meta)
        time.sleep(0.1)
    return {"current": 100, "total": 100, "status": "Task completed!", "result": 42}
