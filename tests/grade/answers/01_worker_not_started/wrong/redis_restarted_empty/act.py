def act(stack):
    stack.redis.kill()
    stack.redis.start()
    stack.add_worker("album", queues=["pictures", "celery"])
