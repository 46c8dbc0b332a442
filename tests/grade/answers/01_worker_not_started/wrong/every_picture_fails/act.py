"""The old album was kept as one text under the key that the task uses as a hash."""

import time


def act(stack):
    stack.redis.client().set("album", "pictures of the old machine")
    stack.add_worker("album", queues=["pictures", "celery"])
    while any(state == "PENDING" for _, state in stack.get("/photos").json()):
        time.sleep(0.2)
