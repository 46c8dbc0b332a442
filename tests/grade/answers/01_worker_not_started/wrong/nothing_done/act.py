def act(stack):
    return
