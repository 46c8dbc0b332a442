import os

url = os.environ.get("REDIS_URL", "")
if not url.startswith("redis://"):
    raise SystemExit("REDIS_URL must begin with redis:// or rediss://.")
