"""Whether this machine can open a browser for the person who typed the command."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

#: Files and variables that a container leaves for its programs to see.
CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
CONTAINER_VARIABLES = ("CODESPACES", "REMOTE_CONTAINERS", "KUBERNETES_SERVICE_HOST")


def can_open_browser(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser would open where the learner sees it: not in a container, not over ssh."""
    if environ.get("BROWSER"):
        return True
    if in_container(environ) or environ.get("SSH_CONNECTION"):
        return False
    if platform == "darwin":
        return True
    if environ.get("WSL_DISTRO_NAME") and shutil.which("wslview"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def in_container(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs in a container, where loopback is the container's own."""
    return any(environ.get(name) for name in CONTAINER_VARIABLES) or any(
        Path(name).exists() for name in CONTAINER_FILES
    )
