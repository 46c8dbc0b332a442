"""A fault: a break that the lab makes and mends."""

from __future__ import annotations

import contextlib
import operator
import os
import weakref
from typing import TYPE_CHECKING, ClassVar, Self

from labapp.lab.errors import StateError
from labapp.lab.faults.carry import carry_out
from labapp.lab.part import Kind, Part

if TYPE_CHECKING:
    from labapp.lab.stack import Stack


class Fault:
    """One break of a running lab; `repair()` mends it, and so does the end of a `with` block.

    `name` and `says` are what `lab.faults` lists; `part` is what it breaks. A kind of fault says
    in `_break` how it is made and in `_mend` how it is undone. Both run under the lab's lock and
    on a thread that no interrupt reaches.
    """

    name: ClassVar[str]
    says: ClassVar[str]
    #: The kind of part that it breaks; its switch stands there.
    kind: ClassVar[Kind]
    #: Whether it is over as soon as it has happened, and repair only waits until all is whole.
    passing: ClassVar[bool] = False
    #: Whether it can be made and undone only while Redis answers.
    needs_redis: ClassVar[bool] = False

    def __init__(self, stack: Stack, part: Part) -> None:
        self._stack = stack
        self.part = part
        self._process = part.process
        self._over = False
        self._itself = weakref.ref(self)

    def __repr__(self) -> str:
        return f"<{self.name}: {'on' if self.on else 'off'}>"

    if TYPE_CHECKING:

        def __enter__(self) -> Self: ...
    else:
        # Python hears an interrupt on entry to any function written in Python, and one here would
        # leave a fault on without a block to end it. A call of this weak reference gives the fault.
        __enter__ = property(operator.attrgetter("_itself"))

    def __exit__(self, *_: object) -> None:
        # An interrupt is heard only after the repair; a second one at once. (One that comes in the
        # microsecond before this line leaves the fault on, as `lab.faults.on` tells.)
        try:
            self.repair()
        except KeyboardInterrupt:
            self.repair()
            raise

    @property
    def on(self) -> bool:
        """Whether it is set, and has been neither repaired nor overtaken by a stop or a restart."""
        return self in self._stack.faults.noted and not self._over and self._holds()

    def repair(self) -> None:
        """Mend it; returns when all is as it was. Harmless when repeated, and after `lab.stop()`.

        LabError says what stands in the way; the fault is then still on, and can be repaired later.
        """
        carry_out(self._repair)

    def set(self) -> None:
        """Make it; `lab.fault` calls this. An interrupt or an error leaves nothing broken."""
        try:
            carry_out(self._set)
        except BaseException:
            with contextlib.suppress(Exception):
                self.repair()
            raise

    def release(self) -> None:
        """Undo at once what keeps the part from being used or ended; the lab's lock is held."""
        if self._holds():
            self._release()

    def end(self) -> None:
        """The lab ends, and this with it."""
        with contextlib.suppress(Exception):
            self.release()
        self._over = True

    # What each kind of fault has of its own.

    def _check(self) -> None:
        """Refuse, before anything is touched, what could not be made or mended."""

    def _break(self) -> None:
        raise NotImplementedError

    def _mend(self) -> None:
        raise NotImplementedError

    def _release(self) -> None:
        """Most faults keep no part from ending."""

    def _settle(self) -> None:
        """Wait until those that suffered from it are themselves again."""

    def _holds(self) -> bool:
        """Whether it still has an effect: not once its part has got another process."""
        return self.part.process is self._process

    # The order of things, the same for all.

    def _set(self) -> None:
        with self._stack.acting(f"set {self.name!r}"):
            if self._over:
                return  # an interrupt, and the repair that follows one, came before this thread
            refuse_foreign(self.part, self.name)
            self._refuse_unready()
            self._check()
            self._process = self.part.process
            self._stack.faults.noted.append(self)
            self._break()

    def _repair(self) -> None:
        if os.getpid() != self._stack.owner:
            return  # a forked child, which leaves the block too
        with self._stack.locked(f"repair {self.name!r}"):
            if self in self._stack.faults.noted and self._stack.running:
                if self._holds():
                    self._refuse_without_redis("repaired")
                    self._mend()
                self._settle()
                self._stack.faults.noted.remove(self)
            self._over = True
            self._stack.notify(self.part)

    def _refuse_unready(self) -> None:
        part = self.part
        if part.state != "ready":
            raise StateError(
                f"{self.name!r} needs {part.name} to be ready, and it is {part.state}. "
                f"{self._stack.faults.way_out(part)}"
            )
        self._refuse_without_redis("set")

    def _refuse_without_redis(self, what: str) -> None:
        redis = self._stack.redis
        if self.needs_redis and redis.state not in ("ready", "slow"):
            raise StateError(
                f"{self.name!r} cannot be {what} while redis is {redis.state}. "
                f"{self._stack.faults.way_out(redis)}"
            )


def refuse_foreign(part: Part, name: str) -> None:
    """StateError for what the lab did not start: it is not the lab's to break."""
    if not part.own:
        raise StateError(
            f"{name!r} is refused: this lab did not start the {part.kind} at {part.address}, so it "
            "breaks nothing there. Lab() without broker= runs a Redis of its own."
        )
