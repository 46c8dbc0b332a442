"""JupyterLab as `labapp lab` serves it, driven by its REST interface."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from jupyter_client.blocking.client import BlockingKernelClient

from tests.lab.kernels import LabInKernel


class JupyterServer:
    """A running `labapp lab` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.my = folder / "my"
        self.log = folder / "log"
        environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environ |= {"LABAPP_MY": str(self.my), "LABAPP_RUN": str(folder / "run")}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "labapp", "lab", "--no-browser"],
                cwd=Path(__file__).resolve().parents[2],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        found = None
        while found is None:
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/\S*token=(\w+)", self.log.read_text())
        self.api = httpx.Client(
            base_url=found[1], headers={"Authorization": f"token {found[2]}"}, timeout=60
        )
        self.kernel_id = ""

    def start_lab(self) -> LabInKernel:
        """A kernel of this server with a running lab in it."""
        self.kernel_id = self.api.post("/api/kernels", json={"name": "python3"}).json()["id"]
        connection = self.my / ".jupyter" / "runtime" / f"kernel-{self.kernel_id}.json"
        client = BlockingKernelClient(connection_file=str(connection))
        client.load_connection_file()
        client.start_channels()
        wait_for_ready(client)
        lab = LabInKernel(client)
        lab.start_lab()
        return lab

    def restart_kernel(self) -> None:
        self.api.post(f"/api/kernels/{self.kernel_id}/restart").raise_for_status()

    def close_kernel(self) -> None:
        self.api.delete(f"/api/kernels/{self.kernel_id}").raise_for_status()

    def shut_down(self) -> None:
        self.api.post("/api/shutdown").raise_for_status()

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> None:
        self.api.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def wait_for_ready(client: BlockingKernelClient, patience: float = 60.0) -> None:
    """As the client's own, which takes a kernel that is slow to start for dead."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return client.wait_for_ready(timeout=patience)
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextlib.contextmanager
def jupyter_server(folder: Path) -> Iterator[JupyterServer]:
    server = JupyterServer(folder)
    try:
        yield server
    finally:
        server.end()
