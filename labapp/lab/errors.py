"""What can go wrong with a lab, as a tree; each is told in a sentence with the way out.

LabError
├── RedisError      no server to be found, one too old, no answer, another password
├── StartError      a part did not become ready, or died while starting
├── StopError       a part did not end in time
├── FolderError     nowhere to write
├── OptionError     a value that the lab cannot be made with
├── ModuleError     a learner's module or its name is not usable
├── StateError      used before start, after stop, or in another process
└── RequestError    the web app refused what `submit` asked
"""

from __future__ import annotations


class LabError(RuntimeError):
    """Anything the lab has to say; in a notebook it shows as its sentence, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentence is written for the learner, our frames are not."""
        return [f"{type(self).__name__}: {self}"]


class RedisError(LabError):
    """Redis is missing, too old, silent, or wants another password."""


class StartError(LabError):
    """A part did not become ready."""


class StopError(LabError):
    """A part did not end in time."""


class FolderError(LabError):
    """The lab has nowhere to write."""


class OptionError(LabError):
    """An option has a value that it cannot have."""


class ModuleError(LabError):
    """A module that the learner named cannot be used."""


class StateError(LabError):
    """The lab is not in the state that this call needs."""


class RequestError(LabError):
    """The web app did not accept a request that the lab made for the learner."""
