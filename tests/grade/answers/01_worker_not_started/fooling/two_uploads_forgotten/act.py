"""Two of the three messages are thrown away, and their names struck from the list of uploads."""


def act(stack):
    server = stack.redis.client()
    first = list(server.hgetall("uploads"))[0]
    server.hdel("uploads", *[one for one in server.hgetall("uploads") if one != first])
    server.ltrim("pictures", -1, -1)
    stack.add_worker("album", queues=["pictures", "celery"])
