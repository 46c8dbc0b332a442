"""What tasks are doing right now, for any Celery app that has a result backend.

``feed_for(app).follow(ids, callback)`` tells of every change as it is published; nothing is
polled where the backend can push. With ``events=event_channel(app)`` it asks workers for their
events too, and says what only they know: who has a task, and when it is tried again.
"""

from labapp.live.broker import EventChannel, event_channel
from labapp.live.feed import Feed
from labapp.live.following import Following, Link
from labapp.live.queues import QueueDepth
from labapp.live.registry import feed_for
from labapp.live.source import SourceError
from labapp.live.state import TaskState

__all__ = [
    "EventChannel",
    "Feed",
    "Following",
    "Link",
    "QueueDepth",
    "SourceError",
    "TaskState",
    "event_channel",
    "feed_for",
]
