def act(stack):
    stack.add_worker("plain")
    stack.add_worker("pictures", queues="pictures")
