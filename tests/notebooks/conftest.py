"""The notebook lanes: run notebooks in a copy of their folder, as a learner would, and judge."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import lane
from tests.notebooks.lane import Lane


@pytest.fixture(scope="session")
def run_lane(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Lane]:
    """Run a folder of notebooks through nbval: `run_lane(folder, "--nbval-lax")`."""

    def run(folder: Path, mode: str = "--nbval-lax", junit: str = "", **options: Any) -> Lane:
        file = checkout / "build" / "junit" / junit if junit else None
        return lane.run_lane(folder, tmp_path_factory.mktemp("lane"), mode, file, **options)

    return run
