def act(stack):
    stack.web.restart()
