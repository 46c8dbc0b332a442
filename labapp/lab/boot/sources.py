"""The learner's own modules are compiled from their source each time, never read from a cache.

Python takes a cached module for current when its source has the same size and was saved in the same
second. A worker restarted right after an edit would run the old code, and say nothing.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.importlib import PathEntryFinderProtocol

#: Folders of installed libraries, by any of these names on the way to them.
INSTALLED = frozenset({"site-packages", "dist-packages"})
KIT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class FromSource(SourceFileLoader):
    """Loads a module from its file as it is now, and leaves no cache behind."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def read_sources_in(folder: str) -> None:
    """From now on, import what lies in `folder` and below from its sources.

    Installed libraries and the kit itself keep their caches: they cost seconds without.
    """
    home = os.path.realpath(folder)
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES), (FromSource, SOURCE_SUFFIXES)
    )

    def hook(path: str) -> PathEntryFinderProtocol:
        real = os.path.realpath(path or os.getcwd())
        if not _within(real, home) or _within(real, KIT) or not INSTALLED.isdisjoint(_parts(real)):
            raise ImportError(f"{path} keeps its cache")
        return finder(path)

    sys.path_hooks.insert(0, hook)
    for path in [known for known in sys.path_importer_cache if _within(known, home)]:
        del sys.path_importer_cache[path]


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _parts(path: str) -> list[str]:
    return path.split(os.sep)
