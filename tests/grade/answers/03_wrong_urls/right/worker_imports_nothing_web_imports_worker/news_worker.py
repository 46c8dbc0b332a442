"""The worker of the newsletter: lays out one issue for one reader."""

import os
import sys

from celery import Celery


def redis_url():
    """REDIS_URL, refused in a sentence that keeps the password to itself."""
    url = os.environ.get("REDIS_URL", "")
    scheme, found, _ = url.partition("://")
    if found and scheme in {"redis", "rediss"}:
        return url
    sys.exit(
        "The variable REDIS_URL is no address of a Redis: it has to look like redis://host:port/0."
    )


celery = Celery("newsletter", broker=(url := redis_url()), backend=url)


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
