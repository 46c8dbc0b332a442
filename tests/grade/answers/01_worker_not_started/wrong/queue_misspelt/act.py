def act(stack):
    stack.add_worker("album", queues=["picture", "celery"])
