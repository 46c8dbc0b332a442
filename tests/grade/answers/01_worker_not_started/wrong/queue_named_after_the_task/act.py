def act(stack):
    stack.add_worker("album", queues=["photos.shrink", "photos.tell", "celery"])
