def act(stack):
    stack.add_worker("plain")
    stack.celery.control.add_consumer("pictures", reply=True, timeout=1)
