"""Labs side by side do not meet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from labapp.lab import Stack


def test_eight_labs_at_once_do_not_meet(make_stack: Callable[..., Stack]) -> None:
    labs = [make_stack(concurrency=1) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda lab: lab.start(timeout=90), labs))
        jobs = list(pool.map(lambda lab: lab.submit("long_running_task", seconds=0), labs))
    for lab, job in zip(labs, jobs, strict=True):
        assert job.get(timeout=30)
        others = [
            other.get(f"/task_status/{job.id}").status_code for other in labs if other is not lab
        ]
        assert others == [404] * 7
    assert len({lab.redis.address for lab in labs}) == 8
    assert len({lab.url for lab in labs}) == 8
    assert len({lab.redis._password for lab in labs}) == 8
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Stack.stop, labs))
