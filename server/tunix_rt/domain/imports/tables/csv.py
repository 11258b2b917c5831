"""CSV by RFC 4180 with any delimiter: parses records into rows, and rows into traces."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterable, AsyncIterator

from tunix_rt.domain.imports.importing import ImportSource, batches
from tunix_rt.domain.imports.tables.columns import COLUMNS_MAX, COMMA, Bound, ColumnMap, bind
from tunix_rt.domain.imports.tables.csv_splitting import ROW_OVERHEAD, Fields, RecordSplitter, split_records
from tunix_rt.domain.imports.tables.rows import parse_row
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, ValidationErrors

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
USUAL_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
REASONS = {
    "new-line character": "a carriage return is outside quotes; rows end with a newline",
    "unexpected end": "a quote is not closed",
}
"""From parts of Python's error messages to the user's messages."""

FIELD_CHARS = 2**31 - 1
"""The maximum that Python allows for the size of a field; the size of records is limited elsewhere."""

csv.field_size_limit(FIELD_CHARS)


async def csv_source(chunks: AsyncIterable[bytes], map_: ColumnMap, max_bytes: int) -> ImportSource:
    """Returns the rows of a CSV file, whose first record is the header.

    Args:
        max_bytes: the largest trace; a record may be ``ROW_OVERHEAD`` times larger.

    Raises:
        BadUserInput: there is no header, or the columns do not match the column map.
    """
    delimiter = map_.delimiter
    records = split_records(chunks, RecordSplitter(max_bytes * ROW_OVERHEAD, delimiter))
    columns = await header_of(records, delimiter)
    bound = bind_header(columns, map_)
    positions = [columns.index(name) for name in bound.names]

    def read(record: bytes, _: int) -> list[TraceDraft]:
        cells = cells_of(record, delimiter)
        if not cells:
            return []
        if len(cells) != len(columns):
            raise BadUserInput(f"The row has {len(cells)} columns, the header has {len(columns)}.")
        parsed = parse_row(bound, [cells[position] for position in positions])
        return [validate_trace(parsed.trace, max_bytes, *parsed.known)]

    return ImportSource(batches(records), read)


def bind_header(columns: list[str], map_: ColumnMap) -> Bound:
    """Binds a column map to the columns of a header.

    Raises:
        BadUserInput: as ``bind`` does; the message suggests another delimiter if that would split the header.
    """
    try:
        return bind(map_, columns)
    except ValidationErrors as error:
        likely = [name for sign, name in USUAL_DELIMITERS.items() if len(columns) == 1 and sign in columns[0]]
        if not likely:
            raise
        hint = f"The header is a single column. If {likely[0]} separates the columns, set the delimiter."
        raise ValidationErrors([*error.errors, BadUserInput(hint, ["delimiter"])]) from None


async def header_of(records: AsyncIterator[bytes | BadUserInput], delimiter: str) -> list[str]:
    """Returns the names of the columns from the first record; raises as ``csv_source`` does."""
    async for record in records:
        if isinstance(record, BadUserInput):
            raise record
        if columns := cells_of(record.removeprefix(BYTE_ORDER_MARK), delimiter):
            return columns
        break
    raise BadUserInput("The CSV has no header: its first line must name the columns.")


def cells_of(record: bytes, delimiter: str = COMMA) -> list[str]:
    """Returns the fields of a record; none for an empty line.

    Raises:
        BadUserInput: the record is not CSV or not UTF-8, or has too many fields.
    """
    mark = delimiter.encode()
    if record.count(mark) >= COLUMNS_MAX and Fields(mark).count(record, COLUMNS_MAX) > COLUMNS_MAX:
        raise BadUserInput(f"A row may have at most {COLUMNS_MAX} columns; this one has more.")
    try:
        return next(csv.reader([record.decode()], delimiter=delimiter, strict=True))
    except UnicodeDecodeError as error:
        raise BadUserInput(f"Not valid UTF-8: invalid byte at position {error.start}.") from None
    except csv.Error as error:
        reason = next((text for part, text in REASONS.items() if part in str(error)), str(error))
        raise BadUserInput(f"Not valid CSV: {reason}.") from None
