"""Export formats: functions from a stored trace to one line of a file, each in a file of its own.

``rendering_of(ExportFormat.TUNIX_SFT).line(stored, options)`` gives the line. To add a format, name it in
``ExportFormat`` and put a module here that defines ``RENDERING``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from tunix_rt.domain.exports.formats.base import ExportFormat, Field, Kind, Rendering, RenderOptions, StoredTrace

__all__ = [
    "ExportFormat",
    "Field",
    "Kind",
    "RenderOptions",
    "Rendering",
    "StoredTrace",
    "rendering_of",
    "renderings",
]


@cache
def renderings() -> dict[ExportFormat, Rendering]:
    """Every rendering by its format."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    found = [module.RENDERING for module in modules if isinstance(getattr(module, "RENDERING", None), Rendering)]
    return {rendering.format: rendering for rendering in found}


def rendering_of(format_: ExportFormat) -> Rendering:
    """The rendering of a format."""
    return renderings()[format_]
