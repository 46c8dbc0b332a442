def act(stack):
    stack.celery.control.ping = lambda *_, **__: [{"album@lab": {"ok": "pong"}}]
    stack.redis.client().delete("pictures")
