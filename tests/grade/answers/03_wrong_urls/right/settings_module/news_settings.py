"""Where Redis is: the one place that knows."""

import os
from urllib.parse import urlsplit

REDIS_URL = os.environ.get("REDIS_URL", "")

if urlsplit(REDIS_URL).scheme not in ("redis", "rediss"):
    raise SystemExit(
        "REDIS_URL must begin with redis:// (or rediss://, with TLS). Set it and start again."
    )
