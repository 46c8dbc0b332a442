"""What a check is given: the answer's folder, labs to run it in, and a place to say what was seen.

A check is one function, `check(trial)`, in labapp/grade/checks. It runs in a process of its own
beside the sandbox: the learner's code runs in the services of the labs that it starts, so what is
drawn and expected here is out of that code's sight.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from labapp.lab.errors import LabError

if TYPE_CHECKING:
    from labapp.lab.stack import Stack
    from labapp.lab.worker_part import WorkerPart

#: Seconds for a lab to start; half of it on an idle machine would do twice over.
START = 8.0
#: With less than these seconds left the check's own time is over.
LATE = 0.5
#: Seconds for one request; `answer.status` is 0 after that.
ANSWER = 4.0


class Ended(Exception):  # noqa: N818 - no error: the check has seen enough
    """Nothing further can be seen: the check ends here with what was said so far."""


@dataclass(frozen=True)
class Answer:
    """What a web app answered; `status` is 0 where nothing came, `seconds` is how long it took."""

    status: int
    json: Any = None
    text: str = ""
    seconds: float = 0.0

    def get(self, key: str, default: Any = None) -> Any:
        """A field of a JSON object; the default where there is no such field or no object."""
        return self.json.get(key, default) if isinstance(self.json, dict) else default


@dataclass(frozen=True)
class Outcome:
    """How a command in the answer's folder ended; `code` is None where it did not."""

    code: int | None
    text: str


class Trial:
    """One check of one answer: draw inputs, run labs, require what must hold.

    `draw` is a seeded random.Random. `stack` is the lab started last, for an operational exercise
    the learner's own. Texts given to `require` are coarse (counts, states, codes), `detail` aside.
    """

    def __init__(
        self,
        *,
        options: dict[str, Any],
        folder: Path | None,
        seed: int,
        seconds: float,
        diagnoses: list[str],
        tell: Callable[[dict[str, Any]], object],
        stack: Any = None,
    ) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.diagnosis = ""
        #: Seconds spent on waiting for what the answer does.
        self.waited = 0.0
        self.passed = 0
        self.failed = 0
        self._folder = folder
        self._options = options
        self._end = time.monotonic() + seconds
        self._diagnoses = diagnoses
        self._tell = tell
        self._stack = stack
        self.stacks: list[Any] = [stack] if stack is not None else []

    # What was seen.

    def require(
        self,
        says: str,
        passed: object,
        *,
        expected: object = "",
        seen: object = "",
        detail: object = "",
        diagnosis: str = "",
    ) -> bool:
        """Say whether something that must hold does; `diagnosis` counts where it does not."""
        good = bool(passed)
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        if not good and diagnosis:
            self.diagnose(diagnosis)
        row = {"says": says, "expected": expected, "seen": seen, "detail": detail}
        self._tell({name: str(text) for name, text in row.items()} | {"passed": good})
        return good

    def diagnose(self, name: str) -> None:
        """Name the wrong path that was recognised; the first one stands."""
        if name not in self._diagnoses:
            raise ValueError(f"{name!r} is not a diagnosis of this exercise")
        self.diagnosis = self.diagnosis or name

    def end(self) -> NoReturn:
        """End the check here: what comes after cannot be seen."""
        raise Ended

    # What is run.

    @property
    def folder(self) -> Path:
        """The copy of the answer."""
        assert self._folder is not None, "an operational exercise has no folder"
        return self._folder

    @property
    def stack(self) -> Stack:
        """The lab that was started last."""
        assert self._stack is not None, "start() comes first"
        return self._stack  # type: ignore[no-any-return]

    def make(self, **more: Any) -> Stack:
        """A stock lab of the answer, not started yet; `more` are options of Stack."""
        from labapp.lab.stack import Stack

        made = Stack(**{"folder": self.folder, **self._options, **more})
        self._stack = made
        self.stacks.append(made)
        return made

    def start(self, timeout: float = START, says: str = "", **more: Any) -> Stack:
        """Start a lab of the answer, or end the check with what kept it from starting."""
        made = self.make(**more)
        usual = "Web app and worker start" if made.workers else "The web app starts"
        self._begin(says or usual, lambda: made.start(min(timeout, self.left)))
        return made

    def add_worker(self, name: str = "late", timeout: float = START, **options: Any) -> WorkerPart:
        """Start a worker of the answer in the lab that runs, or end the check."""
        options = {"concurrency": 2, "timeout": min(timeout, self.left), **options}
        self._begin("The worker starts", lambda: self.stack.add_worker(name, **options))
        return self.stack.workers[name]

    def _begin(self, says: str, start: Callable[[], object]) -> None:
        try:
            start()
        except LabError as error:
            # What the check itself has no time left for says nothing about the answer's start.
            late = self.left < LATE
            seen = "not in the check's time" if late else "does not start"
            told = {"expected": "ready", "seen": seen, "detail": one_line(error)}
            self.require(says, False, **told, diagnosis="over-time" if late else "does-not-start")
            self.end()
        self.require(says, True, expected="ready", seen="ready")

    def run(self, *argv: str, env: dict[str, str] | None = None, timeout: float = 5.0) -> Outcome:
        """Run a Python command line (`"-c", "import shop"`) in the answer's folder.

        It sees REDIS_URL of the lab started last, and `env` on top; no CELERY_* variable.
        """
        from labapp.lab.guardian import inheritable_environ

        environ = {**inheritable_environ(), **dict(self.stack.environ()), **(env or {})}
        number, log = tempfile.mkstemp(suffix=".log", dir=self.folder.parent)
        with open(number, "wb") as output:
            process = subprocess.Popen(
                [sys.executable, *argv],
                cwd=self.folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code: int | None = process.wait(min(timeout, self.left))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
        return Outcome(code, Path(log).read_bytes()[-20_000:].decode("utf-8", "replace"))

    def request(
        self, method: str, path: str, json: Any = None, timeout: float = ANSWER, stack: Any = None
    ) -> Answer:
        """Ask the web app; an Answer comes back whatever happens."""
        begin = time.monotonic()
        patience = max(0.1, min(timeout, self.left))
        options = {"timeout": patience} | ({} if json is None else {"json": json})
        try:
            got = (stack or self.stack).request(method, path, **options)
        except LabError as error:
            return Answer(0, text=str(error), seconds=time.monotonic() - begin)
        body = None
        with contextlib.suppress(ValueError, RecursionError):
            body = got.json()
        return Answer(got.status_code, body, got.text[:2000], time.monotonic() - begin)

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("PUT", path, json, **options)

    # Time.

    @property
    def left(self) -> float:
        """Seconds until the check has to be done."""
        return max(0.0, self._end - time.monotonic())

    def eventually(
        self, holds: Callable[[], object], seconds: float = 5.0, every: float = 0.02
    ) -> bool:
        """Wait until something holds; False after `seconds`, or when the check has to end."""
        begin = time.monotonic()
        end = begin + min(seconds, self.left)
        try:
            while not holds():
                if time.monotonic() >= end:
                    return False
                time.sleep(every)
            return True
        finally:
            self.waited += time.monotonic() - begin


def one_line(error: object, limit: int = 400) -> str:
    """Why something did not start, on one line."""
    return " ".join(str(error).split())[:limit]
