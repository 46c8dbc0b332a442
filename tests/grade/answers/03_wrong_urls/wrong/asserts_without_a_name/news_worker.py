"""The worker of the newsletter: lays out one issue for one reader."""

import os

from celery import Celery

url = os.environ["REDIS_URL"]
assert url.startswith(("redis://", "rediss://"))

celery = Celery("newsletter", broker=url, backend=url)


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
