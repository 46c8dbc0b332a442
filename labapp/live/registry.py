"""Which feed serves which app: one for each kernel and result store."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from celery.backends.base import DisabledBackend
from celery.backends.redis import RedisBackend

from labapp.live.feed import Feed
from labapp.live.polling import PollingSource
from labapp.live.redis_source import RedisSource
from labapp.live.source import Source

if TYPE_CHECKING:
    from celery import Celery

# Weak: a feed lives while somebody follows, so labs that come and go leave nothing open.
_feeds: WeakValueDictionary[tuple[object, ...], Feed] = WeakValueDictionary()
_lock = threading.Lock()


def feed_for(app: Celery, backend: Any = None) -> Feed:
    """The feed of this app's result store: one for each kernel and store, made when first asked.

    ``backend`` is the store of an AsyncResult that does not use its app's own.
    """
    backend = app.backend if backend is None else backend
    key = (
        os.getpid(),
        type(backend),
        backend.as_uri(include_password=True),
        getattr(backend, "task_keyprefix", None),
        getattr(backend, "serializer", None),
        frozenset(getattr(backend, "accept", None) or ()),
    )
    with _lock:
        feed = _feeds.get(key)
        if feed is None:
            feed = _feeds[key] = Feed(backend, _source_of(backend))
        return feed


def _source_of(backend: Any) -> Source:
    if isinstance(backend, DisabledBackend):
        raise ValueError(
            "This Celery app has no result backend, so nobody can tell what its tasks do. "
            "Set result_backend, for example to redis://localhost:6379/0."
        )
    return RedisSource(backend) if isinstance(backend, RedisBackend) else PollingSource(backend)
