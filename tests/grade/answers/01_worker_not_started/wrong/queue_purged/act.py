def act(stack):
    stack.celery.control.purge()
    stack.redis.client().delete("pictures")
    stack.add_worker("album", queues=["pictures", "celery"])
