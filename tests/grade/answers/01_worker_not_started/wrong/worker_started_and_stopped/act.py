import time


def act(stack):
    stack.add_worker("album", queues=["pictures", "celery"])
    while any(state != "SUCCESS" for _, state in stack.get("/photos").json()):
        time.sleep(0.1)
    stack.workers["album"].stop()
