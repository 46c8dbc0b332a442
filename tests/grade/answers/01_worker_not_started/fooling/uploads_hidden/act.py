def act(stack):
    stack.redis.client().delete("uploads", "pictures")
    stack.add_worker("album", queues=["pictures", "celery"])
