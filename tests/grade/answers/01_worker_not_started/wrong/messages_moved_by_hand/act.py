def act(stack):
    server = stack.redis.client()
    while server.lmove("pictures", "celery", "RIGHT", "LEFT"):
        pass
    stack.add_worker("album")
