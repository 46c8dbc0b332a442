"""What ``lab.submit`` gives: an AsyncResult that knows its task's name."""

from __future__ import annotations

from typing import Any

from labapp.lab.results import PatientResult
from labapp.show.watching import flush


class Job(PatientResult):
    """An AsyncResult whose ``get`` returns once what watches it has been drawn too."""

    task_name = ""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """As AsyncResult.get: waits, then gives the result or raises what the task raised."""
        try:
            return super().get(*args, **kwargs)
        finally:
            flush(self.id)


def job_from(result: Any, task_name: str) -> Job:
    """The same task as a Job."""
    job = Job(result.id, backend=result.backend, app=result.app)
    job.task_name = task_name
    return job
