import json
import time


def act(stack):
    ids = list(stack.redis.client().hgetall("uploads"))
    stack.add_worker("album", queues=["celery"])
    for message in stack.redis.client().lrange("pictures", 0, -1):
        stack.celery.control.revoke(json.loads(message)["headers"]["id"])
    time.sleep(1)
    while not stack.celery.control.add_consumer("pictures", reply=True, timeout=1):
        pass
    assert ids
