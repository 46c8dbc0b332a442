def act(stack):
    stack.add_worker("wrong").stop()
    stack.add_worker("right", queues=["celery", "pictures"], concurrency=4, pool="threads")
