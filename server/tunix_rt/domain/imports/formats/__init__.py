"""Import formats: functions from one line of a file to a trace, each in a file of its own.

To add one, put a module here that defines ``FORMAT``; the command line and the ingest route find it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from tunix_rt.domain.imports.formats.base import Format, Parsed, UnknownMarkup
from tunix_rt.errors import BadUserInput

__all__ = ["Format", "Parsed", "UnknownMarkup", "format_named", "formats"]


@cache
def formats() -> dict[str, Format]:
    """Every format by its name."""
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(__path__):
        format_ = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FORMAT", None)
        if isinstance(format_, Format):
            found[format_.name] = format_
    return dict(sorted(found.items()))


def format_named(name: str, others: Iterable[str] = ()) -> Format:
    """The format of that name.

    Args:
        others: what else is a format where the name was given.

    Raises:
        BadUserInput: naming those that exist.
    """
    if name not in formats():
        known = ", ".join(sorted([*formats(), *others]))
        raise BadUserInput(f"There is no such format. The formats are: {known}.", ["format"])
    return formats()[name]
