"""The matrix of deaths, many times over: is everything gone within two seconds?

Counted from the end of the kernel's process, or of the guardian's where that is what dies. Each
lab runs a task that has started two sleeping children, one in a session of its own; the labs in
Jupyter's kernels run without it.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from labapp.lab.registry import list_labs
from tests.lab.deaths import DEATHS, start_victim
from tests.lab.kernels import START, LabInKernel, OwnKernel
from tests.soak.jupyter_server import JupyterServer, jupyter_server

ROUNDS = 20
#: A JupyterLab takes seconds to come up, so its ends are repeated less often.
SERVER_ROUNDS = 6
CONTRACT = 2.0

KERNEL_ENDS: dict[str, Callable[[OwnKernel], object]] = {
    "kernel restarted": lambda k: k.manager.restart_kernel(),
    "kernel restarted at once": lambda k: k.manager.restart_kernel(now=True),
    "kernel shut down, as nbclient does": lambda k: k.manager.shutdown_kernel(),
    "kernel killed, as nbval does": lambda k: k.manager.shutdown_kernel(now=True),
}
SERVER_ENDS: dict[str, Callable[[JupyterServer], None]] = {
    "JupyterLab: restart kernel": JupyterServer.restart_kernel,
    "JupyterLab: close kernel": JupyterServer.close_kernel,
    "JupyterLab: shut down": JupyterServer.shut_down,
    "Ctrl-C in the terminal of make lab": JupyterServer.press_ctrl_c,
}


def run() -> bool:
    """Print one line a death: how often it was kept, and the seconds until the last was gone."""
    print(f"   {'what ends':<38} kept     last process gone after")
    results = [tell(death, [one_victim(death) for _ in range(ROUNDS)]) for death in DEATHS]
    results.append(tell("a kernel that forked a child", [forked() for _ in range(ROUNDS)]))
    results.append(tell("an exception in `with Lab()`", [raised() for _ in range(ROUNDS)]))
    for end, act in KERNEL_ENDS.items():
        results.append(tell(end, [in_kernel(act) for _ in range(ROUNDS)]))
    results.append(tell("kernel restarted while starting", mid_start(ROUNDS)))
    for end, close in SERVER_ENDS.items():
        results.append(tell(end, [on_server(close) for _ in range(SERVER_ROUNDS)]))
    return all(results)


def tell(what: str, seconds: list[float]) -> bool:
    kept = sum(s <= CONTRACT for s in seconds)
    span = f"{median(seconds):.3f} s [{min(seconds):.3f}-{max(seconds):.3f}]"
    print(f"   {what:<38} {kept:>2}/{len(seconds):<2}    {span}", flush=True)
    return kept == len(seconds)


def one_victim(death: str) -> float:
    victim = start_victim()
    try:
        DEATHS[death](victim)
        return victim.seconds_until_gone()
    finally:
        victim.end()


def forked() -> float:
    victim = start_victim("fork")
    try:
        DEATHS["the kernel"](victim)
        return victim.seconds_until_gone()
    finally:
        victim.end()
        os.killpg(victim.process.pid, 9)  # the forked child is the learner's own, and lives on


def raised() -> float:
    victim = start_victim(after="raise SystemExit('as a cell would')")
    try:
        victim.process.wait(20)
        return victim.seconds_until_gone()
    finally:
        victim.end()


def in_kernel(act: Callable[[OwnKernel], object]) -> float:
    with tempfile.TemporaryDirectory(prefix="labapp-soak-") as run_folder:
        os.environ["LABAPP_RUN"] = run_folder
        kernel = OwnKernel()
        try:
            kernel.start_lab()
            act(kernel)
            return kernel.seconds_after_kernel()
        finally:
            kernel.end()
            del os.environ["LABAPP_RUN"]


def mid_start(rounds: int) -> list[float]:
    """Restart the kernel at another moment of starting each time; then no lab may be left."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="labapp-soak-") as run_folder:
        os.environ["LABAPP_RUN"] = run_folder
        kernel = OwnKernel()
        try:
            for number in range(rounds):
                kernel.begin(START)
                LabInKernel.seconds_until(lambda: False, 0.05 + 0.05 * number)
                kernel.manager.restart_kernel(now=True)
                gone = LabInKernel.seconds_until(lambda: not list_labs(Path(run_folder)), 20)
                seconds.append(gone)
                kernel.client.wait_for_ready(timeout=60)
        finally:
            kernel.end()
            del os.environ["LABAPP_RUN"]
    return seconds


def on_server(close: Callable[[JupyterServer], None]) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="labapp-soak-") as folder,
        jupyter_server(Path(folder)) as server,
    ):
        lab = server.start_lab()
        close(server)
        seconds = lab.seconds_after_kernel()
        lab.client.stop_channels()
        return seconds
