"""Work that an interrupt does not cut in half."""

from __future__ import annotations

import threading
from collections.abc import Callable


def carry_out(work: Callable[[], None]) -> None:
    """Do `work` on a thread, which no interrupt reaches, and wait for it; its error is raised here.

    An interrupt ends the waiting. The work goes on to its end all the same.
    """
    done = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="labapp-fault", daemon=True).start()
    done.wait()
    if failed:
        raise failed[0]
