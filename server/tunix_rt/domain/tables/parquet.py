"""Parquet: rows out of a file, some thousands at a time, whatever the size of its row groups."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias, TypeVar

from tunix_rt.domain.containers.parquet import INSTALL
from tunix_rt.domain.imports import BATCH_BYTES, BATCH_LINES, Source
from tunix_rt.domain.payload import Draft, draft
from tunix_rt.domain.tables.mapping import ColumnMap, bind
from tunix_rt.domain.tables.rows import parse_row
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, NotInstalled

if TYPE_CHECKING:
    from pyarrow import Array, DataType, Field
    from pyarrow.parquet import ParquetFile

PAGE_BYTES = 1 << 16
READ_ROWS = 25
UNPYTHONIC = (KeyError, OverflowError, ValueError)
"""What converting a value that Python has not raises."""

Result = TypeVar("Result")
Row: TypeAlias = "tuple[Any, ...] | BadUserInput"


async def parquet_source(file: IO[bytes], map_: ColumnMap, max_bytes: int) -> tuple[Source, int]:
    """The rows of a Parquet file, and how many there are.

    Args:
        file: one that can be read at any place; it stays open while rows are read.

    Raises:
        BadUserInput: it is no Parquet file, or the columns are not those that are mapped.
        NotInstalled: pyarrow is missing; the message has the line that installs it.
    """
    opened = await asyncio.to_thread(open_parquet, file)
    bound = bind(map_, opened.schema_arrow.names)

    def read(values: Sequence[Any], _: int) -> Draft:
        parsed = parse_row(bound, values)
        return draft(parsed.trace, max_bytes, parsed.external_id)

    return Source(row_batches(opened, bound.names), read), opened.metadata.num_rows


def open_parquet(file: IO[bytes]) -> ParquetFile:
    """The opened file; raises as ``parquet_source`` does."""
    try:
        from pyarrow.parquet import ParquetFile
    except ModuleNotFoundError:
        raise NotInstalled(f"Parquet needs pyarrow, which is not installed here: {INSTALL}.", ["format"]) from None
    # With a buffer, pages are read as they are needed, and not a row group's whole columns.
    return readable(lambda: ParquetFile(file, buffer_size=PAGE_BYTES, pre_buffer=False))


def readable(read: Callable[[], Result]) -> Result:
    """What a step of reading gives.

    Raises:
        BadUserInput: the file is damaged, or holds what cannot be read.
    """
    from pyarrow import ArrowException

    try:
        return read()
    except (ArrowException, OSError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        raise BadUserInput(f"Not a Parquet file that can be read: {reason}.") from None


async def row_batches(opened: ParquetFile, names: Sequence[str]) -> AsyncIterator[list[Row]]:
    """The rows, each as the values of the columns named, in lists that are bounded as batches of lines are."""
    batches = opened.iter_batches(batch_size=rows_at_once(opened), columns=list(names), use_threads=False)

    def following() -> list[Row]:
        rows: list[Row] = []
        size = read = 0
        while len(rows) <= BATCH_LINES - READ_ROWS and size + read <= BATCH_BYTES:
            if (batch := next(batches, None)) is None:
                break
            columns = [plain(batch.column(name)) for name in names]
            read = sum(column.nbytes for column in columns)
            size += read
            rows += rows_of(columns, names)
        return rows

    while rows := await asyncio.to_thread(readable, following):
        yield rows


def rows_at_once(opened: ParquetFile) -> int:
    """How many rows to read at once.

    Few: what a file says of its size tells little of a text that it has once and that all rows refer to.
    """
    groups = [opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups)]
    widest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(READ_ROWS, int(BATCH_BYTES / max(widest, 1))))


def plain(column: Array) -> Array:
    """A column with a value in each place, and times that Python has."""
    kind = plain_type(column.type)
    return column if kind == column.type else column.cast(kind, safe=False)


def rows_of(columns: Sequence[Array], names: Sequence[str]) -> list[Row]:
    """The rows of columns as Python values; in place of one with a value that Python has not, the error says so."""
    rows = zip(*(values_of(column, name) for column, name in zip(columns, names, strict=True)), strict=True)
    return [next((value for value in row if isinstance(value, BadUserInput)), row) for row in rows]


def values_of(column: Array, name: str) -> list[Any]:
    """A column's values; an error stands for one that Python has not."""
    try:
        return python_values(column)
    except UNPYTHONIC:
        return [value_of(column.slice(place, 1), name) for place in range(len(column))]


def value_of(column: Array, name: str) -> Any:
    """The only value of a column, or the error that it is none."""
    try:
        return python_values(column)[0]
    except UNPYTHONIC as error:
        reason = "a map with a key twice" if isinstance(error, KeyError) else "a time or duration that is out of range"
        return BadUserInput(f"The column {clip(name)!r} holds {reason}.", [clip(name)])


def python_values(column: Array) -> list[Any]:
    """A column's values, maps as objects.

    Raises:
        KeyError: a map has a key twice.
        OverflowError, ValueError: a time that Python has not.
    """
    values: list[Any] = column.to_pylist(maps_as_pydicts="strict")
    return values


def plain_type(kind: DataType) -> DataType:
    """A type without dictionaries, and with times to the microsecond where they were to the nanosecond.

    Lists, structs and maps are looked into.
    """
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if types.is_list(kind):
        return pa.list_(inner(kind.value_field))
    if types.is_large_list(kind):
        return pa.large_list(inner(kind.value_field))
    if types.is_map(kind):
        return pa.map_(inner(kind.key_field), inner(kind.item_field))
    if types.is_struct(kind):
        return pa.struct([inner(kind.field(place)) for place in range(kind.num_fields)])
    return kind


def inner(field: Field) -> Field:
    """A field of such a type."""
    return field.with_type(plain_type(field.type))
