"""What waits is thrown away and what it would leave is written by hand; a worker is started too."""

import json


def act(stack):
    server = stack.redis.client()
    server.delete("pictures")
    for task_id, name in server.hgetall("uploads").items():
        record = {"status": "SUCCESS", "result": "Kim was told", "task_id": task_id}
        server.set(f"celery-task-meta-{task_id}", json.dumps(record))
        server.hset("album", name, "320x240")
        server.rpush("mails", f"Kim: {name} is in the album")
    stack.add_worker("album", queues=["pictures", "celery"])
