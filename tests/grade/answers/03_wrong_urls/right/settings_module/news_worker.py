"""The worker of the newsletter: lays out one issue for one reader."""

from celery import Celery
from news_settings import REDIS_URL


celery = Celery("newsletter", broker=REDIS_URL, backend=REDIS_URL)


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
