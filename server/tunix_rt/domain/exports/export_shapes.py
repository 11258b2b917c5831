"""The shape of an export's records: their fields, in the format and with the options of the export."""

from __future__ import annotations

from dataclasses import dataclass

from tunix_rt.domain.exports.formats import ExportFormat, Field, FormatOptions, get_export_format
from tunix_rt.domain.exports.scored_formats import scored_formats


@dataclass(frozen=True)
class ExportShape:
    """The fields of records, with the format's description."""

    format: ExportFormat
    description: str
    fields: tuple[Field, ...]


def shape_of(format_: ExportFormat, options: FormatOptions) -> ExportShape:
    """Returns the shape of the records of a format."""
    scored = scored_formats().get(format_)
    if scored is not None:
        return ExportShape(format_, scored.description, scored.fields(options))
    found = get_export_format(format_)
    return ExportShape(format_, found.description, found.fields)


def description_of(format_: ExportFormat) -> str:
    """Returns the description of a format."""
    return shape_of(format_, FormatOptions()).description


def reads_scores(format_: ExportFormat, options: FormatOptions) -> bool:
    """Returns whether the records need the scores of their traces."""
    return options.include_scores or format_ in scored_formats()


def reads_raw_texts(format_: ExportFormat, options: FormatOptions) -> bool:
    """Returns whether the records need what a model wrote; not a round trip, which needs the trace as it is."""
    return writes_reasoning(format_) and not options.round_trip


def writes_reasoning(format_: ExportFormat) -> bool:
    """Returns whether a format writes reasoning by a template."""
    scored = scored_formats().get(format_)
    return get_export_format(format_).has_template if scored is None else scored.has_template
