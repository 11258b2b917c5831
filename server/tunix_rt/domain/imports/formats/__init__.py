"""Import formats: functions from one JSON record to its traces, one module each.

To add one, add a module here or in a subpackage that defines ``IMPORT_FORMAT``; the command line and the ingest route
find it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, UnknownMarkup
from tunix_rt.domain.registry import drop_ins
from tunix_rt.errors import BadUserInput

__all__ = ["ImportFormat", "ParsedRecord", "UnknownMarkup", "get_import_format", "import_formats"]


@cache
def import_formats() -> dict[str, ImportFormat]:
    """Returns every import format by its name, in alphabetical order."""
    return dict(sorted(drop_ins(__name__, "IMPORT_FORMAT", ImportFormat, lambda found: found.name).items()))


def get_import_format(name: str, others: Iterable[str] = ()) -> ImportFormat:
    """Returns the import format with a name.

    Args:
        others: other names that the caller accepts, for the message.

    Raises:
        BadUserInput: there is none; the message lists the formats.
    """
    if name not in import_formats():
        known = ", ".join(sorted([*import_formats(), *others]))
        raise BadUserInput(f"There is no such format. The formats are: {known}.", ["format"])
    return import_formats()[name]
