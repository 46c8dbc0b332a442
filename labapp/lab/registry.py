"""The labs of this user that still run, and ending them: `labapp ps` and `labapp clean`."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labapp.lab.boot.reaper import remove_folder
from labapp.lab.folder import labs_home, read_record
from labapp.lab.processes import end, is_same, marked

#: How `make_folder` names a lab; whatever else lies there is none of ours.
NAME = re.compile(r"lab-[0-9a-f]{8}")


@dataclass(frozen=True)
class RunningLab:
    """One lab as its folder's record tells it."""

    folder: Path
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """The lab's id."""
        return self.folder.name

    @property
    def guarded(self) -> bool:
        """Whether its guardian lives; if not, what is left of it is an orphan."""
        return is_same(*self.record["guardian"])

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Key and pid of each part that still lives."""
        return [(key, pid) for key, pid, mark in self.record["parts"] if is_same(pid, mark)]

    @property
    def alive(self) -> bool:
        """Whether anything of it runs."""
        return self.guarded or bool(self.parts) or bool(marked(self.name))

    def __str__(self) -> str:
        started = time.strftime("%H:%M:%S", time.localtime(self.record["started"]))
        named = [f"{key.rpartition('.')[0]} (pid {pid})" for key, pid in self.parts]
        parts = ", ".join(named) or "no parts"
        kernel = self.record["kernel"]
        note = "" if self.guarded else "; its guardian is dead, `labapp clean` ends the rest"
        return f"{self.name}: started {started} by process {kernel}; {parts}{note}"


def list_labs(home: Path | None = None) -> list[RunningLab]:
    """Every lab of this user of which something still runs."""
    return [lab for lab in _recorded(home) if lab.alive]


def clean_labs(home: Path | None = None, timeout: float = 10.0) -> list[str]:
    """End every lab of this user, by recorded pid and start time; returns their ids.

    A living guardian ends its own lab; where both guardians died, recorded parts and processes
    that carry the lab's mark are killed here. Nothing is looked for by name.
    """
    ended = []
    for lab in _recorded(home):
        if lab.alive:
            ended.append(lab.name)
        guardian = lab.record["guardian"]
        if lab.guarded:
            end(guardian[0], guardian[1], signal.SIGTERM)
            deadline = time.monotonic() + timeout
            while is_same(*guardian) and time.monotonic() < deadline:
                time.sleep(0.02)
        for _, pid, mark in lab.record["parts"]:
            end(pid, mark)
        for pid in marked(lab.name):
            _kill_marked(pid, lab.name)
        remove_folder(str(lab.folder))
    return ended


def _kill_marked(pid: int, lab: str) -> None:
    from labapp.lab.processes import start_mark

    mark = start_mark(pid)
    if pid in marked(lab):
        end(pid, mark)


def _recorded(home: Path | None) -> list[RunningLab]:
    found = sorted((home or labs_home()).glob("lab-*"))
    folders = [one for one in found if NAME.fullmatch(one.name) and not one.is_symlink()]
    records = [(folder, read_record(folder)) for folder in folders]
    return [RunningLab(folder, record) for folder, record in records if record is not None]


def run_ps() -> int:
    """Print the labs that run; the exit code is 0 either way."""
    labs = list_labs()
    for lab in labs:
        print(lab)
    if not labs:
        print("No lab of yours is running.")
    return 0


def run_clean() -> int:
    """End them all and say which."""
    ended = clean_labs()
    print(f"Ended: {', '.join(ended)}." if ended else "No lab of yours was running.")
    left = list_labs()
    for lab in left:
        print(f"Still there: {lab}")
    return 1 if left else 0
