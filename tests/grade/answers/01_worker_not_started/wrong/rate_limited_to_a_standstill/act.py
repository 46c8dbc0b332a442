"""The mail worker is slowed down to one picture an hour, and then given the pictures."""


def act(stack):
    control = stack.celery.control
    stack.add_worker("gentle")
    while not control.rate_limit("photos.shrink", "1/h", reply=True):
        pass
    while not control.add_consumer("pictures", reply=True):
        pass
