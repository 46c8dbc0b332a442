"""Every hook into nbval; the lane copies this file beside the notebooks as their conftest.py."""

import pytest

#: Seconds to wait for a cell's last output once it has replied; nbval's own 5 are too few on a
#: machine that is busy.
OUTPUT_TIMEOUT = 30


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Leave out pictures and tables, which are tested as functions; their text is compared."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html", "image/svg+xml", "image/png")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = OUTPUT_TIMEOUT
