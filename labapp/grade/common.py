"""Diagnoses that any exercise can give; its own exercise.toml may tell them in other words."""

from __future__ import annotations

COMMON = {
    "missing-file": "A file of the exercise is missing. `task.reset()` brings it back, and keeps "
    "what you have.",
    "does-not-start": "Web or worker do not start. Read the last log lines, and mend what they "
    "name.",
    "no-answer": "A part stopped answering in the middle. Read its last log lines: what ended it?",
    "over-time": "The check ran out of time: something waits for ever, or the machine is too busy. "
    "Look for a loop without end, or a call that waits for what nobody sends. If there is none, "
    "end what else runs here, and check again.",
    "over-memory": "The answer took more memory than it may. Look for what grows without end.",
    "over-processes": "The answer started more processes than it may. Look for a fork in a loop.",
    "over-disk": "The answer wrote more to disk than it may. Look for a file that grows in a loop.",
    "over-output": "The answer printed more than it may. Look for a print in a loop.",
    "something-else": "This is none of the wrong paths that the exercise knows. Take the first "
    "requirement that failed, and find out why what was seen is not what was expected.",
    "check-failed": "The check itself failed; that is a defect of the kit. `labapp report` "
    "collects what its makers need.",
}
