def act(stack):
    server = stack.redis.client()
    names = server.hvals("uploads")
    server.delete("pictures")
    stack.add_worker("album", queues=["pictures", "celery"])
    for name in names:
        photo = {"name": name, "width": 640, "height": 480, "owner": "Kim"}
        stack.post("/photos", json=photo)
