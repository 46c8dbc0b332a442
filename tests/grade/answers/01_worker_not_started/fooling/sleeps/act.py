import time


def act(stack):
    time.sleep(3)
