"""JSON records in a format as the source of an import: one per line, or the elements of an array.

This module imports no database, as ``preparation_process`` needs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunix_rt.domain.imports.formats import ImportFormat, ParsedRecord, UnknownMarkup, get_import_format, import_formats
from tunix_rt.domain.imports.formats.base import PartlyInvalid, as_records
from tunix_rt.domain.imports.importing import ImportSource, PartlyRead, RecordProgram, batches
from tunix_rt.domain.imports.reading.likeness import likeness
from tunix_rt.domain.imports.records import LINE, RecordStream
from tunix_rt.domain.imports.tables.columns import META, SOURCE
from tunix_rt.domain.text import decode_strict_json
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, TunixRtError, errors_of, within

NO_NUMBER = re.compile(rb'"(?:[^"\\]++|\\.)*+"|-?\b(?:NaN|Infinity)\b')
"""A string, or a number that strict JSON does not have."""


@dataclass(frozen=True)
class RecordOptions:
    """Options for parsing JSON records.

    Args:
        max_bytes: the largest trace, in bytes of its canonical JSON.
        keep: whether a text with unknown markup is stored unparsed.
        constants: from fields (``trace_version``, ``source``, ``meta.NAME``) to their text in every trace.
    """

    format_: ImportFormat
    max_bytes: int
    keep: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)


def line_source(lines: AsyncIterable[bytes | BadUserInput], reading: RecordOptions) -> ImportSource:
    """Returns a source of JSON records."""
    return ImportSource(batches(lines), record_reader(reading), unit_of(lines), program_of(reading))


def program_of(reading: RecordOptions) -> RecordProgram | None:
    """Returns the reading of records for another process; None if the format was made with options."""
    name = reading.format_.name
    if import_formats().get(name) is not reading.format_:
        return None
    return RecordProgram(name, reading.max_bytes, reading.keep, dict(reading.constants))


def later_reader(program: RecordProgram) -> Callable[[bytes, int], list[TraceDraft]]:
    """Returns a function that reads records after the first, as another process has to."""
    options = RecordOptions(get_import_format(program.name), program.max_bytes, program.keep, program.constants)
    return record_reader(options, from_first=False)


def record_reader(reading: RecordOptions, *, from_first: bool = True) -> Callable[[bytes, int], list[TraceDraft]]:
    """Returns a function that reads records in their order; the error of a refused first one suggests a format.

    Args:
        from_first: whether the first record is among them.
    """
    is_first = from_first

    def read(line: bytes, number: int) -> list[TraceDraft]:
        nonlocal is_first
        if not line.strip():
            return []
        try:
            return read_line(line, number, reading)
        except BadUserInput as error:
            if is_first:
                add_likeness(error, line, reading.format_)
            raise
        finally:
            is_first = False

    return read


def unit_of(lines: AsyncIterable[bytes | BadUserInput]) -> Callable[[], str]:
    """Returns a function that returns the records' unit, which is known once the first one was read."""
    return lambda: lines.unit if isinstance(lines, RecordStream) else LINE


def read_line(line: bytes, number: int, reading: RecordOptions) -> list[TraceDraft]:
    """Returns the drafts of a record's traces.

    Raises:
        PartlyRead: parts of the record are invalid; has the drafts of the others.
        BadUserInput: the record is invalid; has all of its errors.
    """
    errors: list[TunixRtError] = []
    decoded: Any = decode_strict_json(without_nan(line) if reading.format_.nan_is_null else line)
    try:
        parsed = reading.format_.parse(decoded, number)
    except UnknownMarkup as error:
        if not reading.keep or error.whole is None:
            raise
        parsed = error.whole
    except PartlyInvalid as error:
        errors, parsed = error.errors_with(keep=reading.keep), error.whole if reading.keep else error.valid
    records = as_records(parsed)
    if not records and not errors:
        raise BadUserInput("The record has no traces: its list of answers or samples is empty.")
    drafts: list[TraceDraft] = []
    for found in records:
        try:
            drafts.append(draft_of(found, reading))
        except BadUserInput as error:
            if not reading.format_.whole_files:
                raise
            errors += errors_of(error)
    if errors:
        raise PartlyRead(errors, drafts)
    return drafts


def without_nan(line: bytes) -> bytes:
    """Returns a JSON text with null in place of NaN and Infinity outside of strings."""
    if b"NaN" not in line and b"Infinity" not in line:
        return line
    return NO_NUMBER.sub(lambda found: found[0] if found[0].startswith(b'"') else b"null", line)


def draft_of(parsed: ParsedRecord, reading: RecordOptions) -> TraceDraft:
    """Returns the draft of a trace.

    Raises:
        BadUserInput: the trace is invalid; has all of its errors, each with its path in the record.
    """
    trace = with_constants(parsed, reading.constants) if reading.constants else parsed.trace
    try:
        return validate_trace(trace, reading.max_bytes, *parsed.known)
    except BadUserInput as error:
        raise within(parsed.path, error) from None


def with_constants(parsed: ParsedRecord, constants: Mapping[str, str]) -> dict[str, Any]:
    """Returns a trace with the constant fields, which take precedence over its own.

    Metadata that are not an object are left unchanged, to be refused later.
    """
    trace = dict(parsed.trace)
    for name, text in constants.items():
        meta = {} if trace.get("meta") is None else trace["meta"]
        if name != SOURCE and not name.startswith(META):
            trace[name] = text
        elif isinstance(meta, dict):
            trace["meta"] = meta | {name.removeprefix(META): text}
    return trace


def add_likeness(error: BadUserInput, line: bytes, format_: ImportFormat) -> None:
    """Appends the record's likely format to an error, if it is another one."""
    if hint := likeness(line, format_):
        first = errors_of(error)[0]
        first.message = f"{first.message} {hint}"
