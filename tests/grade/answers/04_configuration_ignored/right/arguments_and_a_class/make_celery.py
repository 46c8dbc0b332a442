"""What the command line imports: the Celery app, and nothing called app."""

from invoices import celery

__all__ = ["celery"]
