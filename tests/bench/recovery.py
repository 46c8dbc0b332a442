"""Redis killed and back after 3 s: how long until the next task has run."""

import time
from statistics import median

from labapp.lab import Stack
from labapp.lab.client import bare_client
from tests.bench.by_hand import ByHand, scratch
from tests.bench.restart import MODULE, make_lab
from tests.bench.table import Row, spread

ROUNDS = 5
#: Seconds, not a ratio: the contract names a second.
BAR = 1.0
GONE = 3.0


def measure(rounds: int = ROUNDS) -> list[Row]:
    """The lab's worker, and one by hand with Celery's own waits of 2, 4, 6 ... seconds."""
    with scratch() as ours, scratch() as theirs:
        for folder in (ours, theirs):
            (folder / "edited.py").write_text(MODULE)
        lab, hand = make_lab(ours), ByHand(theirs)
        try:
            hand.start_redis()
            hand.wait_for_redis()
            hand.start_worker("edited.celery")
            client = bare_client(hand.url, hand.url)
            client.send_task("answer").get(timeout=60)
            mine, other = [], []
            for _ in range(rounds):
                mine.append(in_the_lab(lab))
                other.append(by_hand(hand, client))
        finally:
            lab.stop()
            hand.stop()
    return [
        Row("Redis gone 3 s: next task has run after", spread(mine), spread(other),
            max(mine), BAR),
        Row("  ratio of the medians", "", "", median(mine) / median(other)),
    ]  # fmt: skip


def in_the_lab(lab: Stack) -> float:
    lab.redis.kill()
    time.sleep(GONE)
    begin = time.perf_counter()
    lab.redis.start()
    return ran(lab.celery, begin)


def by_hand(hand: ByHand, client) -> float:
    hand.processes["redis"].kill()
    hand.processes["redis"].wait()
    time.sleep(GONE)
    begin = time.perf_counter()
    hand.start_redis()
    hand.wait_for_redis()
    return ran(client, begin)


def ran(client, begin: float) -> float:
    client.send_task("answer").get(timeout=60)
    return time.perf_counter() - begin
