import os

url = os.environ.get("REDIS_URL", "")
if not url.startswith(("redis://", "rediss://")):
    raise SystemExit("REDIS_URL must begin with redis:// or rediss://.")

import redis

try:
    redis.Redis.from_url(url, retry=None, socket_connect_timeout=1).ping()
except redis.exceptions.RedisError:
    raise SystemExit("Nobody answers at the address in REDIS_URL.") from None
