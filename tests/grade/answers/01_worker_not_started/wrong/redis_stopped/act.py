def act(stack):
    stack.add_worker("album", queues=["pictures", "celery"])
    stack.redis.kill()
