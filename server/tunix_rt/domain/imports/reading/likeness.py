"""Detection of a refused record's format, for error messages."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from tunix_rt.domain.imports.formats import ImportFormat, import_formats
from tunix_rt.domain.text import clip, decode_json
from tunix_rt.errors import BadUserInput

OTHER_FORMAT = "import it in that format."
"""The end of the sentence about a record of another format."""
BEGINNINGS = {
    b"PAR1": "This looks like Parquet: import it as parquet.",
    b"PK\x03\x04": "This looks like a zip archive: extract it, and import its files.",
    b"SQLite format 3": "This looks like an SQLite database.",
    b"<": "This looks like HTML or XML, perhaps an error page instead of the file.",
}
HEADER = re.compile(rb"[\w \"-]+(?:[,;\t][\w \"-]+)+\r?")


def likeness(line: bytes, format_: ImportFormat) -> str | None:
    """Returns a sentence about a record's likely format; None if it is unknown or the expected one."""
    try:
        record = decode_json(line)
    except BadUserInput:
        return likeness_of_text(line.strip())
    return likeness_of_record(record, format_) if isinstance(record, dict) else None


def likeness_of_text(line: bytes) -> str | None:
    """Returns a sentence about a line that is not JSON."""
    if line == b"{":
        return "Each record must be on a single line, or the file must be a JSON array of records."
    for beginning, sentence in BEGINNINGS.items():
        if line.startswith(beginning):
            return sentence
    return "This looks like the header of a table: import it as csv." if HEADER.fullmatch(line) else None


def fitting_formats(fields: Collection[str]) -> list[str]:
    """Returns the names of the formats whose records have some of these fields in common, those with most first."""
    sizes = {
        name: max((len(shape) for shape in found.shapes if shape <= {*fields}), default=0)
        for name, found in import_formats().items()
    }
    return sorted((name for name, size in sizes.items() if size), key=lambda name: -sizes[name])


def likeness_of_record(record: dict[str, Any], format_: ImportFormat) -> str | None:
    """Returns a sentence about an object's likely format, by its fields."""
    fitting = fitting_formats(record.keys())
    if format_.name in fitting:
        return None
    if fitting:
        return f"This looks like {fitting[0]}: {OTHER_FORMAT}"
    lists = [name for name, value in record.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if len(lists) == 1 and not any(shape & record.keys() for shape in format_.shapes):
        return f"The records seem to be in the field {clip(lists[0])!r}: the file must contain that array only."
    return None
