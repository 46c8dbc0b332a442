from celery import shared_task
from news_settings import celery


@shared_task(name="newsletter.lay_out")
def lay_out(issue, reader):
    return f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
