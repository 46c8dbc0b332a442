def act(stack):
    stack.add_worker("album", queues=["pictures"])
    stack.add_worker("more", queues=["pictures"])
