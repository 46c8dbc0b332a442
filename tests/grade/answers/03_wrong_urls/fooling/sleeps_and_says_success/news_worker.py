"""The worker of the newsletter: lays out one issue for one reader."""

import os

from celery import Celery

REDIS_URL = os.environ["REDIS_URL"]
if not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ValueError("REDIS_URL does not start with redis:// or rediss://")

celery = Celery("newsletter", broker=REDIS_URL, backend=REDIS_URL)


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
