"""Work that an interrupt does not cut in half."""

from __future__ import annotations

import _thread
from collections.abc import Callable


def carry_out(work: Callable[[], None]) -> None:
    """Do `work` on a thread, which no interrupt reaches, and wait for it; its error is raised here.

    An interrupt ends the waiting. The work goes on to its end all the same.
    """
    # Locks and threads at their barest: an interrupt inside `threading`'s own, which are written
    # in Python, leaves them half taken, and the next error hides the KeyboardInterrupt.
    done = _thread.allocate_lock()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            done.release()

    done.acquire()
    _thread.start_new_thread(run, ())
    done.acquire()
    if failed:
        raise failed[0]
