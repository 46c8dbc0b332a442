import os
import signal


def act(stack):
    worker = stack.add_worker("album", queues=["nothing"])
    os.kill(worker.pid, signal.SIGSTOP)
