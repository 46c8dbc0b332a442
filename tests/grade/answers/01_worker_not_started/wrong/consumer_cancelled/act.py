def act(stack):
    stack.add_worker("album", queues=["pictures", "celery"])
    while not stack.celery.control.cancel_consumer("pictures", reply=True, timeout=1):
        pass
