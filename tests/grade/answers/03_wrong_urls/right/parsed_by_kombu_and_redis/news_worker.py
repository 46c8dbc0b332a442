"""The worker of the newsletter: lays out one issue for one reader."""

from celery import Celery
from news_settings import CELERY

celery = Celery("newsletter")
celery.conf.update(CELERY)


@celery.task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
