"""Opens JupyterLab on the learner's folder: loopback, a token, one Ctrl-C to end it."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labapp.desk.browser import can_open_browser, in_container
from labapp.desk.copies import lay_copies
from labapp.desk.place import FIRST_NOTEBOOK, find_checkout, my_folder

#: The kit's defaults for JupyterLab's own settings (no news, no update check).
SETTINGS = Path(__file__).with_name("settings")


def run_lab(*, port: int = 8888, browser: bool | None = None, more: tuple[str, ...] = ()) -> int:
    """Lay the learner's copies and serve JupyterLab until Ctrl-C; the exit code.

    `browser=None` opens one where that can work. `more` are further options of Jupyter's own.
    Raises DeskError where there is no checkout or the learner's folder cannot be written.
    """
    checkout = find_checkout()
    my = my_folder(checkout)
    for sentence in lay_copies(checkout, my).sentences():
        print(f"- {sentence}")
    opens = can_open_browser() if browser is None else browser
    os.environ.update(environment(my))
    print("- Starting JupyterLab", flush=True)
    os.chdir(my)  # where its terminals open
    serve([*options(my, port=port, opens=opens), *more], opens=opens)
    print("JupyterLab has ended, and every lab in it. Your work is in", my)
    return 0


def options(my: Path, *, port: int, opens: bool) -> list[str]:
    """Jupyter's options, as they would stand on its command line."""
    import zmq

    return [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=50",
        "--ServerApp.allow_remote_access=False",
        # As root, in a container: loopback and a token hold there too.
        "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={my}",
        f"--ServerApp.open_browser={opens}",
        # Ctrl-C ends it without a question, and gives each kernel one second.
        "--ServerApp.answer_yes=True",
        "--KernelManager.shutdown_wait_time=1.0",
        f"--LabApp.default_url=/lab/tree/{quote(FIRST_NOTEBOOK)}",
        f"--LabApp.workspaces_dir={my / '.jupyter' / 'workspaces'}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        # Started from no terminal, Jupyter would have login shells, which set PATH anew.
        f"--ServerApp.terminado_settings={ {'shell_command': [os.environ.get('SHELL') or 'sh']} }",
        # Encrypted where it can be: else each kernel's start warns of eavesdroppers.
        *(["--KernelManager.transport_encryption=auto"] if zmq.has("curve") else []),
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
    ]


def environment(my: Path) -> dict[str, str]:
    """What JupyterLab, its kernels and its terminals find in the environment.

    What Jupyter and IPython write stays in the learner's folder, and what another Jupyter of theirs
    is configured to do (a password, another address, start-up files) stays out. This environment
    comes first everywhere else: a kernel named python3 that another install registered would lack
    the kit, and terminals shall find the kit's celery, flask and labapp.
    """
    own = my / ".jupyter"
    return {
        "JUPYTER_CONFIG_DIR": str(own),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_CONFIG_PATH": _first(str(SETTINGS), "JUPYTER_CONFIG_PATH"),
        "JUPYTER_PATH": _first(str(Path(sys.prefix) / "share" / "jupyter"), "JUPYTER_PATH"),
        "PATH": _first(str(Path(sys.prefix) / "bin"), "PATH"),
    }


def serve(flags: list[str], *, opens: bool) -> None:
    """Run the server in this process until it is told to end."""
    from jupyterlab.labapp import LabApp

    # Passed inside the process, so that it is in no command line; Jupyter prints no token of ours.
    token = secrets.token_hex(24)
    server = LabApp.initialize_server([*flags, f"--IdentityProvider.token={token}"])
    # A closed terminal window ends it as Ctrl-C does.
    signal.signal(signal.SIGHUP, server._signal_stop)
    server.io_loop.add_callback(announce, server, token, opens)
    server.start()


def announce(server: Any, token: str, opens: bool) -> None:
    """Say where it is, once it listens."""
    address = f"http://127.0.0.1:{server.port}{server.base_url.rstrip('/')}{server.default_url}"
    print(f"\n    {address}?token={token}\n")
    print("Your browser opens it." if opens else "Open this address in your browser.")
    if not opens and in_container():
        print(f"In a container: forward port {server.port} first; it listens on loopback only.")
    elif not opens and os.environ.get("SSH_CONNECTION"):
        port = server.port
        print(f"Over ssh: on your own machine, first run ssh -L {port}:127.0.0.1:{port} THIS_HOST")
    print("Ctrl-C here ends it, and every lab in it.\n", flush=True)


def _first(folder: str, variable: str) -> str:
    """The search path in `variable`, with `folder` moved or added to its front."""
    others = os.environ.get(variable, "").split(os.pathsep)
    return os.pathsep.join([folder, *(part for part in others if part and part != folder)])
