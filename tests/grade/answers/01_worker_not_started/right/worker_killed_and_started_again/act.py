"""A thread pool, killed when it has worked, and another worker; between them more is uploaded.

One has the name of a picture that waited: the album keeps the later one.
"""

import time


def act(stack):
    stack.add_worker("album", queues=["pictures", "celery"], pool="threads", concurrency=3)
    while any(state == "PENDING" for _, state in stack.get("/photos").json()):
        time.sleep(0.2)
    stack.workers["album"].kill()
    photo = {"name": "otter.jpg", "width": 900, "height": 1600, "owner": "lee@example.org"}
    stack.post("/photos", json=photo)
    stack.add_worker("again", queues=["celery", "pictures", "thumbnails"], pool="solo")
    stack.web.restart()
    stack.post("/photos", json=photo | {"name": "wedding.jpg", "owner": "max@example.org"})
