"""Cancelling what is watched: what a revoke can stop, what it cannot, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from labapp.display import clean
from labapp.show.tally import NOT_BEGUN, Tally

ANSWER_WITHIN = 1.0
"""Seconds that workers have to answer; it takes all of them, as nobody knows how many there are."""
AT_ONCE = 500
"""Ids in one message."""
ASKING = "Asking the workers…"
NOBODY = (
    "No worker answered. Nobody keeps a revoke for a worker that starts later: that one would run "
    "the task."
)


class Canceller:
    """Revokes tasks on a thread of its own, since workers may take a second to answer.

    ``apps`` and ``parts`` say by key whose task it is, and which tasks a chord's header stands for.
    """

    def __init__(
        self,
        apps: dict[str, Any],
        parts: dict[str, list[str]],
        changed: Callable[[], None],
    ) -> None:
        self._apps = apps
        self._parts = parts
        self._changed = changed
        self._busy = threading.Lock()
        self._sent = False
        self.said = ""

    def view(self, tally: Tally) -> dict[str, Any]:
        """The two switches, as the page shows them, and what is to be known of them."""
        waiting, running = tally.waiting, tally.running
        busy = self._busy.locked()
        if not waiting and not running:
            return {"cancel": False, "terminate": False, "hint": ""}
        return {
            "cancel": bool(waiting) and not busy,
            # Who was cancelled and goes on may be running without saying so.
            "terminate": bool(running or (self._sent and waiting)) and not busy,
            "hint": self.said or _hint(waiting, running),
        }

    def start(self, do: str, tally: Tally) -> None:
        """Do what a switch says; returns at once. Nothing happens while another is under way."""
        terminate = do == "terminate"
        if not (terminate or do == "cancel") or not self._busy.acquire(blocking=False):
            return
        keys = [key for key in tally.unended() if terminate or _waits(tally, key)]
        self.said, self._sent = ASKING, True
        threading.Thread(
            target=self._run, args=(keys, terminate), name=f"labapp-{do}", daemon=True
        ).start()
        self._changed()

    def _run(self, keys: Iterable[str], terminate: bool) -> None:
        try:
            self.said = _outcome(self._revoke(keys, terminate), terminate)
        except Exception as error:  # nobody is there to catch it
            self.said = f"It could not be sent: {clean(error)}"
        finally:
            self._busy.release()
            self._changed()

    def _revoke(self, keys: Iterable[str], terminate: bool) -> int:
        """How many workers answered."""
        by_app: dict[int, tuple[Any, list[str]]] = {}
        for key in keys:
            app = self._apps[key]
            by_app.setdefault(id(app), (app, []))[1].extend(self._parts.get(key, [key]))
        answers = 0
        for app, ids in by_app.values():
            last = ids[-AT_ONCE:]
            for start in range(0, len(ids) - len(last), AT_ONCE):
                some = ids[start : min(start + AT_ONCE, len(ids) - len(last))]
                app.control.revoke(some, terminate=terminate)
            replies = app.control.revoke(
                last, terminate=terminate, reply=True, timeout=ANSWER_WITHIN
            )
            answers += len(replies or ())
        return answers


def _waits(tally: Tally, key: str) -> bool:
    return tally.states[key].state in NOT_BEGUN or key in tally.sizes


def _hint(waiting: int, running: int) -> str:
    if not running:
        return "Cancel keeps what waits from being started; what runs already goes on."
    late = "Terminate ends the process that runs a task (prefork pool only); its work is lost."
    if not waiting:
        return f"A task that runs is not stopped by a cancel. {late}"
    wait = f"{waiting:,} that wait{'s' if waiting == 1 else ''}"
    run = f"{running:,} that runs goes on" if running == 1 else f"{running:,} that run go on"
    return f"Cancel stops the {wait}; the {run}. {late}"


def _outcome(answers: int, terminate: bool) -> str:
    if not answers:
        return NOBODY
    told = f"{answers:,} worker{'s were' if answers > 1 else ' was'} told. "
    if terminate:
        return told + "Only a prefork pool can end what runs; in any other it goes on."
    return told + "What runs already goes on: Terminate ends it, with a prefork pool."
