"""Containers: the kinds of file that an export's lines are put in, each in a file of its own.

``open_file(path, Container.JSONL, rendering)`` gives a file to write pages of lines to. To add a container, name it in
``Container`` and put a module here that defines ``PACKAGING``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import BinaryIO

from tunix_rt.domain.exports.containers.base import Container, ExportFile, Packaging, Written
from tunix_rt.domain.exports.formats import Rendering

__all__ = ["Container", "ExportFile", "Packaging", "Written", "open_file", "packaging_of", "packagings"]


@cache
def packagings() -> dict[Container, Packaging]:
    """Every kind of file by its name."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    found = [module.PACKAGING for module in modules if isinstance(getattr(module, "PACKAGING", None), Packaging)]
    return {packaging.container: packaging for packaging in found}


def packaging_of(container: Container) -> Packaging:
    """The kind of file that a container is."""
    return packagings()[container]


def open_file(
    target: Path | BinaryIO, container: Container, rendering: Rendering, *, escape_formulas: bool = False
) -> ExportFile:
    """A new file to write the lines of a rendering to; one that is there is written anew, a stream is gone on with.

    Raises:
        Unavailable: if the container needs something that is not installed.
        OSError: if the file cannot be made.
    """
    packaging = packaging_of(container)
    packaging.require()
    return ExportFile(target, packaging, rendering, escape_formulas=escape_formulas)
