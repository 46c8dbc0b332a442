"""The worker of the newsletter: lays out one issue for one reader."""

import os

from celery import Celery

REDIS_URL = os.environ["REDIS_URL"]

celery = Celery("newsletter", broker=REDIS_URL, backend=REDIS_URL)


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
