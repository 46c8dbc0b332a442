"""Whatever a learner writes, the check ends, says what happened, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labapp.grade.limits import PROMISE
from labapp.grade.manifest import Manifest
from labapp.grade.sandbox import run_check
from labapp.grade.verdict import Verdict
from tests.grade.conftest import until_the_answer_runs, what_is_left

#: The deadline is the contract; a busy machine gets three times as long.
DEADLINE = 3 * PROMISE

AT_IMPORT = {
    "an endless loop": ("while True: pass", {"does-not-start"}),
    "os._exit": ("import os; os._exit(0)", {"does-not-start"}),
    "sys.exit": ("import sys; sys.exit()", {"does-not-start"}),
    "a syntax error": ("def f(:", {"does-not-start"}),
    "a fork in a loop": ("import os\nwhile True: os.fork()", {"over-processes"}),
    "a hundred children, and gone": (
        "import time\n"
        "for _ in range(100):\n    if not os.fork(): time.sleep(60); os._exit(0)\n"
        "os._exit(1)",
        {"over-processes"},
    ),
    "ten gigabytes at once": ("x = bytearray(10**10)", {"does-not-start"}),
    "memory that grows": (
        "x = []\nwhile True: x.append(bytearray(os.urandom(1) * 20_000_000))",
        {"over-memory", "does-not-start"},  # whichever sees it first: the watcher, or the process
    ),
    "prints without end": (
        "while True: print('x' * 1000)",
        {"over-output", "does-not-start"},  # by the watcher, or by the bound of one file
    ),
    "the working folder deleted": (
        "import shutil; shutil.rmtree(os.getcwd())",
        {"does-not-start", "nothing-sent", "wrong-result", "instance-sent"},
    ),
    "one file that fills the disk": (
        "f = open('full', 'wb')\nwhile True: f.write(bytes(1_000_000))",
        {"does-not-start"},
    ),
    "many files that fill the disk": (
        "n = 0\nwhile True:\n    n += 1; open(f'full{n}', 'wb').write(bytes(8_000_000))",
        {"over-disk"},
    ),
    "empty files without end": (
        "n = 0\nwhile True:\n    n += 1; open(f'full{n}', 'wb').close()",
        {"over-disk"},
    ),
    "input": ("name = input('who? ')", {"does-not-start"}),
    "a system exit in a thread": (
        "import threading, sys; threading.Thread(target=sys.exit).start()",
        {"instance-sent"},
    ),
    "threads without end": (
        "import threading, time\n"
        "while True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        {"does-not-start"},
    ),
    "children in sessions of their own": (
        "import subprocess\n"
        "for _ in range(3): subprocess.Popen(['sleep', '600'], start_new_session=True)",
        {"instance-sent"},
    ),
    "children without our environment": (
        "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True, env={})",
        {"instance-sent"},
    ),
    "a folder that nobody may enter": (
        "os.makedirs('closed/inside', exist_ok=True); os.chmod('closed', 0)",
        {"instance-sent"},
    ),
}

IN_A_TASK = {
    "a task that kills its parent": ("os.kill(os.getppid(), 9)", {"task-failed", "no-answer"}),
    "a task that kills itself": ("os.kill(os.getpid(), 9)", {"task-failed"}),
    "a task that never ends": ("while True: pass", {"task-failed"}),
    "a task that ends its process": ("os._exit(1)", {"task-failed"}),
    "a task that forks in a loop": ("while True: os.fork()", {"over-processes"}),
    "a task that stops its parent": (
        "import signal; os.kill(os.getppid(), signal.SIGSTOP)",
        {"task-failed", "no-answer"},
    ),
}


@pytest.fixture
def judged(
    parcels: Manifest, scratch: Path, answer: Callable[..., Path]
) -> Callable[[str], Verdict]:
    """The verdict on a module; whatever it does, the check has ended within its time."""

    def judge(source: str) -> Verdict:
        begin = time.monotonic()
        verdict = run_check(parcels, answer(parcels=source))
        assert time.monotonic() - begin < DEADLINE
        assert not verdict.passed
        assert any(not row.passed for row in verdict.requirements), "nothing says what happened"
        assert verdict.advice
        return verdict

    return judge


def broken(parcels: Manifest) -> str:
    return (parcels.broken / "parcels.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("harm", AT_IMPORT, ids=str)
def test_harm_at_import_is_held_and_named(
    harm: str, judged: Callable[[str], Verdict], parcels: Manifest
) -> None:
    line, expected = AT_IMPORT[harm]
    verdict = judged(f"import os\n{line}\n{broken(parcels)}")
    assert verdict.diagnosis in expected, verdict


@pytest.mark.parametrize("harm", IN_A_TASK, ids=str)
def test_harm_in_a_task_is_held_and_named(
    harm: str, judged: Callable[[str], Verdict], parcels: Manifest, checkout: Path
) -> None:
    line, expected = IN_A_TASK[harm]
    right = checkout / "tests/grade/answers/05_arguments/right/smallest_changes/parcels.py"
    head = "    kind = "
    source = right.read_text().replace(head, f"{textwrap.indent(line, '    ')}\n{head}", 1)
    verdict = judged(source)
    assert verdict.diagnosis in expected, verdict


def test_an_empty_answer_is_told_what_it_lacks(judged: Callable[[str], Verdict]) -> None:
    verdict = judged("")
    assert verdict.diagnosis == "does-not-start"
    assert "has no 'app'" in verdict.requirements[-1].detail


def test_an_answer_without_its_file_is_told_so(
    parcels: Manifest, answer: Callable[..., Path]
) -> None:
    verdict = run_check(parcels, answer(other="x = 1"))
    assert verdict.diagnosis == "missing-file"
    assert "parcels.py" in repr(verdict)


def test_a_megabyte_of_prints_a_second_does_not_pile_up(
    judged: Callable[[str], Verdict], parcels: Manifest
) -> None:
    chatter = (
        "import threading, time\n"
        "def chat():\n"
        "    while True: print('x' * 100_000, flush=True); time.sleep(0.1)\n"
        "threading.Thread(target=chat, daemon=True).start()\n"
    )
    assert judged(chatter + broken(parcels)).diagnosis in ("instance-sent", "over-output")


#: A kernel that is killed in the middle of a check.
KERNEL = """
import sys
from pathlib import Path
from labapp.grade import catalogue, run_check
print("begins", flush=True)
run_check(catalogue()["05_arguments"], Path(sys.argv[1]))
"""


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT])
def test_a_kernel_that_ends_in_the_middle_takes_the_check_with_it(
    signum: int, scratch: Path, answer: Callable[..., Path]
) -> None:
    folder = answer(parcels="import time; time.sleep(600)")
    environ = os.environ | {"TMPDIR": str(scratch)}
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(folder)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert kernel.stdout is not None
    kernel.stdout.readline()
    until_the_answer_runs(scratch)
    kernel.send_signal(signum)
    kernel.wait(10)
    kernel.stdout.close()
    assert what_is_left(scratch) == []
