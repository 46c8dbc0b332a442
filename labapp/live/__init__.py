"""What tasks are doing right now, for any Celery app that has a result backend.

``feed_for(app).follow(ids, callback)`` tells of every change as it is published; nothing is
polled where the backend can push.
"""

from labapp.live.feed import Feed, feed_for
from labapp.live.following import Following, Link
from labapp.live.source import SourceError
from labapp.live.state import TaskState

__all__ = ["Feed", "Following", "Link", "SourceError", "TaskState", "feed_for"]
