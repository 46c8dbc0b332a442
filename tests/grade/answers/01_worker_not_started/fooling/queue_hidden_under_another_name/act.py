def act(stack):
    stack.redis.client().rename("pictures", "pictures-kept")
    stack.add_worker("album", queues=["pictures", "celery"])
