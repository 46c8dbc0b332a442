"""The pictures are uploaded twice; of three workers, none cleaned up, two do it together."""

from labapp.grade.checks.album import prepare


def act(stack):
    prepare(stack)
    stack.add_worker("plain")
    stack.add_worker("misspelt", queues=["picture"])
    stack.add_worker("album", queues=["pictures"], concurrency=2)
