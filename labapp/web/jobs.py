"""A task as the dashboard and the event streams tell it: the status, bounded, and whose it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from celery import Celery

from labapp.tasks.ledger import Ledger, Sent
from labapp.web.answers import cut
from labapp.web.status import Status, read_statuses

JOBS = 50
"""Tasks on the dashboard and in `/events`: those sent last."""
LONGEST_RESULT = 10_000
"""Characters of JSON up to which a result is told as it is; `/task_status/<id>` has all of it."""

Job = dict[str, Any]


def recent_jobs(celery: Celery, ledger: Ledger) -> list[Job]:
    """The tasks sent last, newest first, each with its status."""
    sent = ledger.recent(JOBS)
    statuses = read_statuses(celery, [job.id for job in sent])
    return [job_of(job.id, status, job) for job, status in zip(sent, statuses, strict=True)]


def job_of(task_id: str, status: Status, sent: Sent | None = None) -> Job:
    """The JSON of `/task_status/<id>` with `task_id` before it; of a task in the list also
    `name` (its last part), `arguments` (a text) and `sent` (ISO 8601, UTC).

    A result of more than 10,000 characters is told as its beginning, a text that says so.
    """
    job: Job = {"task_id": task_id}
    if sent is not None:
        job |= {
            "name": sent.name.rpartition(".")[2],
            "arguments": sent.arguments,
            "sent": datetime.fromtimestamp(sent.sent, UTC).isoformat(timespec="milliseconds"),
        }
    return job | bounded(status)


def bounded(status: Status) -> Status:
    """The status with a result that fits on a page and in an event."""
    if "result" not in status:
        return status
    result = status["result"]
    text = result if isinstance(result, str) else json.dumps(result)
    if len(text) <= LONGEST_RESULT:
        return status
    return status | {"result": cut(text)}
