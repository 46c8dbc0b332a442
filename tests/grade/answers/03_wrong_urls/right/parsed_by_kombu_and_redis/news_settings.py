"""Celery's settings, checked when they are read."""

import os

import redis

url = os.environ.get("REDIS_URL", "")
try:
    redis.ConnectionPool.from_url(url)
except ValueError:
    message = "REDIS_URL is not a Redis address (redis://host:port/number)."
    raise RuntimeError(message) from None

CELERY = {"broker_url": url, "result_backend": url}
