"""Many hands on one lab at once, each doing what comes to its mind."""

import random
import threading
import time
from collections.abc import Callable

from labapp.lab import LabError


def many_hands(
    count: int,
    seconds: float,
    act: Callable[[random.Random], object],
    *,
    refusal: type[LabError] = LabError,
) -> None:
    """Have `act` called by so many threads for so long; a refusal is in order, nothing else is."""
    odd: list[BaseException] = []
    end = time.monotonic() + seconds

    def hand(seed: int) -> None:
        choice = random.Random(seed)
        while time.monotonic() < end:
            try:
                act(choice)
            except refusal:
                pass
            except BaseException as error:
                odd.append(error)

    threads = [threading.Thread(target=hand, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert not any(thread.is_alive() for thread in threads)
    assert odd == []
