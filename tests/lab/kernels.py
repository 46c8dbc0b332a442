"""A lab in a real Jupyter kernel, for the tests and for `make soak PART=kill`."""

import ast
import time
from collections.abc import Callable
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from labapp.lab.processes import start_mark

START = "from labapp.lab import Stack; stack = Stack(concurrency=1).start()"
#: The kernel's own pid, then every process below it.
MEMBERS = "import os, psutil; print([p.pid for p in psutil.Process().children(recursive=True)])"


class LabInKernel:
    """The processes of one lab, and how to talk to the kernel that holds it."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.marks: dict[int, str | None] = {}
        self.kernel: tuple[int, str | None] = (0, None)

    def run(self, code: str) -> str:
        """Execute a cell and return what it printed; its error is an error here."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(content["traceback"]))

        # A cell that was queued behind an interrupted one is aborted unrun: ask again.
        status = "aborted"
        while status == "aborted":
            reply = self.client.execute_interactive(code, timeout=60, output_hook=note)
            status = reply["content"]["status"]
        return "".join(printed)

    def begin(self, code: str) -> None:
        """Have a cell begin, and return while it runs.

        What the kernel has not begun when it is killed would run in the one that follows it.
        """
        asked = self.client.execute(code)
        heard: dict[str, Any] = {}
        while heard.get("msg_type") != "execute_input" or heard["parent_header"]["msg_id"] != asked:
            heard = self.client.get_iopub_msg(timeout=60)

    def start_lab(self) -> None:
        self.run(START)
        self.marks = {pid: start_mark(pid) for pid in ast.literal_eval(self.run(MEMBERS))}
        assert len(self.marks) >= 6
        pid = int(self.run("print(os.getpid())"))
        self.kernel = (pid, start_mark(pid))

    def left(self) -> list[int]:
        return [pid for pid, mark in self.marks.items() if mark and start_mark(pid) == mark]

    def gone(self, patience: float) -> bool:
        """Whether nothing of the lab lives within `patience` seconds."""
        return self.seconds_until(lambda: not self.left(), patience) < patience

    def seconds_after_kernel(self, patience: float = 20.0) -> float:
        """Seconds from the end of the kernel's process to the end of the lab's last one."""
        pid, mark = self.kernel
        self.seconds_until(lambda: start_mark(pid) != mark, patience)
        return self.seconds_until(lambda: not self.left(), patience)

    @staticmethod
    def seconds_until(condition: Callable[[], bool], patience: float) -> float:
        begin = time.monotonic()
        while not condition() and time.monotonic() - begin < patience:
            time.sleep(0.005)
        return time.monotonic() - begin


class OwnKernel(LabInKernel):
    """A kernel that this process manages, as nbval and nbclient do."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        client = self.manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        super().__init__(client)

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
