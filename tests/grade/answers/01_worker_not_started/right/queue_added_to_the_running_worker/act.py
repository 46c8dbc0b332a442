def act(stack):
    stack.add_worker("plain")
    while not stack.celery.control.add_consumer("pictures", reply=True, timeout=1):
        pass
