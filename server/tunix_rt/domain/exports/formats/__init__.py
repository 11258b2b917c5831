"""Export formats: functions from a stored trace to one line of a file, one module each.

``get_export_format(ExportFormat.TUNIX_SFT).line(stored, options)`` returns the line. To add a format, name it in
``ExportFormat`` and add a module here that defines ``EXPORT_FORMAT``.
"""

from __future__ import annotations

from functools import cache

from tunix_rt.domain.exports.formats.base import (
    ExportFormat,
    Field,
    FieldType,
    FormatOptions,
    RecordFormat,
    StoredTrace,
)
from tunix_rt.domain.registry import drop_ins

__all__ = [
    "ExportFormat",
    "Field",
    "FieldType",
    "FormatOptions",
    "RecordFormat",
    "StoredTrace",
    "export_formats",
    "get_export_format",
]


@cache
def export_formats() -> dict[ExportFormat, RecordFormat]:
    """Returns every export format."""
    return drop_ins(__name__, "EXPORT_FORMAT", RecordFormat, lambda found: found.format)


def get_export_format(format_: ExportFormat) -> RecordFormat:
    """Returns an export format."""
    return export_formats()[format_]
