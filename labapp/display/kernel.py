"""Where are we: in a notebook's kernel, or in a plain script?"""

from __future__ import annotations

import sys
from typing import Any


def _shell() -> Any | None:
    """IPython's shell if it runs inside a kernel; never imports IPython to find out."""
    ipython = sys.modules.get("IPython")
    get_ipython = getattr(ipython, "get_ipython", None)
    shell = get_ipython() if callable(get_ipython) else None
    return shell if hasattr(shell, "kernel") else None


def in_kernel() -> bool:
    """Whether what is displayed now reaches a notebook."""
    return _shell() is not None


def cell_number() -> int | None:
    """The number of the cell that runs now, as in ``In [3]``; None outside a kernel."""
    shell = _shell()
    return None if shell is None else int(shell.execution_count)


def cell_id() -> str | None:
    """Which cell runs now: the same when it is run again, None where the page does not tell."""
    shell = _shell()
    if shell is None:
        return None
    try:
        return str(shell.kernel.get_parent("shell")["metadata"]["cellId"])
    except (AttributeError, KeyError, TypeError):
        return None
