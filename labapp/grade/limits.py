"""What an answer may use while it is judged; held by a watcher, so they hold for root too."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MB = 1 << 20
#: Seconds a whole check may take, as the learner sees it.
PROMISE = 15.0


@dataclass(frozen=True)
class Limits:
    """Bounds of one check: `seconds` in all, bytes for memory, disk, output and one file.

    `address` bounds each single process, so that ten gigabytes asked for at once are refused and
    not granted until the watcher looks.
    """

    seconds: float = 13.5
    processes: int = 60
    memory: int = 1536 * MB
    address: int = 4096 * MB
    disk: int = 128 * MB
    files: int = 5000
    output: int = 4 * MB
    one_file: int = 64 * MB

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


LIMITS = Limits()
#: What each bound is called when it is crossed, with its figure.
SAID = {
    "over-time": lambda limits: f"at most {limits.seconds:g} s",
    "over-memory": lambda limits: f"at most {limits.memory // MB:,} MB in all",
    "over-processes": lambda limits: f"at most {limits.processes} processes",
    "over-disk": lambda limits: f"at most {limits.disk // MB} MB and {limits.files:,} files",
    "over-output": lambda limits: f"at most {limits.output // MB} MB of output",
}
