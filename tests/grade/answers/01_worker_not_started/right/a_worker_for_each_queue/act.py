def act(stack):
    stack.add_worker("pictures", queues=["pictures"], concurrency=2)
    stack.add_worker("mail")
