"""The article's task: something that takes long."""

from __future__ import annotations

import time
from typing import Annotated

from annotated_types import Interval, MaxLen
from celery import shared_task

from labapp.progress import report

STEP = 0.1


@shared_task  # type: ignore[untyped-decorator]
def long_running_task(
    task_id: Annotated[str, MaxLen(200)] = "unique_task_id",
    seconds: Annotated[float, Interval(ge=0, le=3600)] = 10,
) -> str:
    """Simulates a long-running task."""
    print(f"Starting task: {task_id}")
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < seconds:
        report(round(elapsed, 1), seconds, "seconds")
        time.sleep(min(STEP, seconds - elapsed))
    report(seconds, seconds, "seconds")
    print(f"Task {task_id} completed!")
    return f"Task {task_id} completed successfully"
