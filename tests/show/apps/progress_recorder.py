"""Progress as celery-progress stores it."""

import os
import time
from decimal import Decimal

from celery import Celery

celery_app = Celery("bar", broker=os.environ["TEST_BROKER"], backend=os.environ["TEST_BACKEND"])


class ProgressRecorder:
    def __init__(self, task):
        self.task = task

    def set_progress(self, current, total, description=""):
        percent = float(round(Decimal(current) / Decimal(total) * 100, 2)) if total > 0 else 0
        meta = {
            "pending": False,
            "current": current,
            "total": total,
            "percent": percent,
            "description": description,
        }
        self.task.update_state(state="PROGRESS", meta=meta)
        return "PROGRESS", meta


@celery_app.task(bind=True, name="my_task")
def my_task(self, seconds):
    recorder = ProgressRecorder(self)
    result = 0
    for i in range(seconds):
        time.sleep(0.1)
        result += i
        recorder.set_progress(i + 1, seconds, f"Processing step {i + 1}")
    return result
