"""The queue is thrown away, its records are forged, and pictures of the same names are uploaded."""

import json

OWNERS = {"wedding.jpg": "Kim", "lake.jpg": "Ana", "goat.jpg": "Jo"}


def act(stack):
    server = stack.redis.client()
    old = server.hgetall("uploads")
    server.delete("pictures")
    for task_id in old:
        record = {"status": "SUCCESS", "result": "Kim was told", "task_id": task_id}
        server.set(f"celery-task-meta-{task_id}", json.dumps(record))
    stack.add_worker("album", queues=["pictures", "celery"])
    for name in old.values():
        photo = {"name": name, "width": 640, "height": 480, "owner": OWNERS[name]}
        stack.post("/photos", json=photo)
