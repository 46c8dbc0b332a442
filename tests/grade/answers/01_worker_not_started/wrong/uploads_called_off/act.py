import json


def act(stack):
    ids = list(stack.redis.client().hgetall("uploads"))
    stack.add_worker("album", queues=["celery"])
    for message in stack.redis.client().lrange("pictures", 0, -1):
        task_id = json.loads(message)["headers"]["id"]
        while not stack.celery.control.revoke(task_id, reply=True, timeout=1):
            pass  # a worker that has just started may not hear the first one
    while not stack.celery.control.add_consumer("pictures", reply=True, timeout=1):
        pass
    assert ids
