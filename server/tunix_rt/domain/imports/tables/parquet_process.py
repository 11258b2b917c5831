"""The process that reads one Parquet file: ``python -m tunix_rt.domain.imports.tables.parquet_process FILE_NUMBER``.

A file of a few kilobytes may decompress to gigabytes, its metadata may be wrong, and a library cannot be interrupted
while it decompresses. So a file is read in a separate process, whose memory the system limits and which is killed if
it takes too long. Its output are validated traces.

It writes frames to standard output, each with a length of four bytes and msgpack: ``["table", columns, rows]``; then,
after a line of JSON with the ``ReadRequest`` on standard input, any number of ``["rows", rows]``, each row
``[canonical JSON, external id, reference answer, group, errors]``; then ``["end"]``; or ``["error", message]`` at any
time.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import msgspec

from tunix_rt.domain.imports.tables.columns import Bound, Split
from tunix_rt.domain.imports.tables.parquet_values import rows_of, weight_of_all
from tunix_rt.domain.imports.tables.rows import as_json, parse_row
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, errors_of
from tunix_rt.frames import write_frame

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

MEMORY_BYTES = 192 << 20
MOST_MEMORY_BYTES = 768 << 20
"""The bounds of the memory for reading, in addition to the libraries; within them, it depends on the columns' size."""
SHARE = 4
"""The number of copies of a page: compressed, decompressed, as Arrow and as rows; it may be a whole column chunk."""
MOST_COMPRESSED = 50
"""The maximum compression ratio for which memory is granted: text does not reach it, a decompression bomb does."""
PAGE_BYTES = 1 << 16
READ_ROWS = 25

Result = TypeVar("Result")


class ReadRequest(msgspec.Struct):
    """A request to read columns as fields (see ``Bound``), with the batch size.

    Args:
        trace_bytes: the largest trace.
        row_bytes: the largest row, before it is converted to a trace.
        as_records: whether rows are returned as JSON records of their columns, without a conversion.
        batch_rows, batch_bytes: the size at which a batch ends.
    """

    names: list[str]
    positions: dict[str, int]
    meta: dict[str, int]
    constants: dict[str, str]
    split: str
    trace_bytes: int
    row_bytes: int
    batch_rows: int
    batch_bytes: int
    as_records: bool = False

    @property
    def bound(self) -> Bound:
        """The column map."""
        return Bound(tuple(self.names), self.positions, self.meta, self.constants, Split(self.split))


def main(file_number: int) -> None:
    """Reads the file with a descriptor number and writes its frames to standard output."""
    output = sys.stdout.buffer
    try:
        with os.fdopen(file_number, "rb") as file:
            opened = open_parquet(file)
            write_frame(output, ["table", opened.schema_arrow.names, opened.metadata.num_rows])
            if not (line := sys.stdin.buffer.readline()):
                return
            order = msgspec.json.decode(line, type=ReadRequest)
            bound_memory(memory_for(opened, order.names))
            for batch in row_batches(opened, order):
                write_frame(output, ["rows", batch])
        write_frame(output, ["end"])
    except BadUserInput as error:
        write_frame(output, ["error", error.message])
    except BrokenPipeError:
        os._exit(1)  # the reader is gone; avoids Python's error when it flushes standard output at exit


def open_parquet(file: IO[bytes]) -> ParquetFile:
    """Returns the opened file and limits this process's memory.

    Raises:
        BadUserInput: the file is not Parquet.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    pyarrow.set_cpu_count(1)
    bound_memory(MEMORY_BYTES)
    # With a buffer, pages are read on demand, instead of whole column chunks.
    return readable(lambda: ParquetFile(file, buffer_size=PAGE_BYTES, pre_buffer=False))


def bound_memory(size: int) -> None:
    """Limits this process's memory to its current size plus ``size`` bytes; does nothing outside Linux."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except FileNotFoundError:  # not Linux
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + size, hard))


def memory_for(opened: ParquetFile, names: list[str]) -> int:
    """Returns the memory limit for reading columns, by the metadata of the file's largest row group.

    If the metadata state too small a size, reading fails; if too large a size, the limit is ``MOST_MEMORY_BYTES``.
    """
    groups = [opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups)]
    wanted = set(names)
    largest = max((sum(sizes_of(group, wanted)) for group in groups), default=0)
    return max(MEMORY_BYTES, min(SHARE * largest, MOST_MEMORY_BYTES))


def sizes_of(group: Any, wanted: set[str]) -> Iterator[int]:
    """Yields the sizes of the wanted columns in a row group; a nested column has one for each of its leaves."""
    for position in range(group.num_columns):
        column = group.column(position)
        path: str = column.path_in_schema
        if path in wanted or any(path.startswith(f"{name}.") for name in wanted):
            yield max(0, min(column.total_uncompressed_size, MOST_COMPRESSED * column.total_compressed_size))


def readable(read: Callable[[], Result]) -> Result:
    """Translates the errors of a reading function to user errors.

    Raises:
        BadUserInput: the file is damaged, or has values that cannot be read.
    """
    from pyarrow import ArrowException

    try:
        return read()
    except MemoryError:
        raise BadUserInput(TOO_LARGE) from None
    except (ArrowException, OSError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        raise BadUserInput(f"Not a Parquet file that can be read: {reason}.") from None


TOO_LARGE = (
    "The file's values are too large: reading them takes more memory than a file of this size gets, at most "
    f"{MOST_MEMORY_BYTES >> 20} MB. Write it with smaller values or row groups, or as JSON lines."
)


def row_batches(opened: ParquetFile, order: ReadRequest) -> Iterator[list[Any]]:
    """Yields the rows as traces, in batches of the requested size; raises as ``readable`` does."""
    at_once, bound = rows_at_once(opened, order.batch_bytes), order.bound
    batches = opened.iter_batches(batch_size=at_once, columns=order.names, use_threads=False)

    def following() -> list[Any]:
        rows: list[Any] = []
        size = read = 0
        while len(rows) <= order.batch_rows - READ_ROWS and size + read <= order.batch_bytes:
            if (batch := next(batches, None)) is None:
                break
            columns = [batch.column(name) for name in order.names]
            weight = weight_of_all(columns)
            read = weight.size
            size += read
            rows += [trace_of(bound, row, order) for row in rows_of(columns, order.names, weight, order.row_bytes)]
        return rows

    while rows := readable(following):
        yield rows


def rows_at_once(opened: ParquetFile, batch_bytes: int) -> int:
    """Returns the number of rows to read at once.

    It is small, since a file's metadata do not show the decoded size of a text that is stored once for all rows.
    """
    groups = [opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups)]
    widest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(READ_ROWS, int(batch_bytes / max(widest, 1))))


def trace_of(bound: Bound, row: tuple[Any, ...] | BadUserInput, order: ReadRequest) -> list[Any]:
    """Returns a row's trace, and what is stored beside it, or its errors."""
    try:
        if isinstance(row, BadUserInput):
            raise row
        if order.as_records:
            return [record_of(order.names, row), None, None, None, None]
        parsed = parse_row(bound, row)
        found = validate_trace(parsed.trace, order.trace_bytes, *parsed.known)
    except BadUserInput as error:
        return [b"", None, None, None, [[single.message, single.path] for single in errors_of(error)]]
    return [found.canonical, found.external_id, found.reference_answer, found.group, None]


def record_of(names: Sequence[str], row: tuple[Any, ...]) -> bytes:
    """Returns a row as a JSON object; null columns are left out.

    Raises:
        BadUserInput: JSON cannot represent a value.
    """
    try:
        values = {name: as_json(value, name) for name, value in zip(names, row, strict=True) if value is not None}
    except BadUserInput as error:
        error.path = error.path[1:]  # the column is a field of the record here, not of the metadata
        raise
    try:
        return msgspec.json.encode(values)
    except (UnicodeEncodeError, OverflowError, RecursionError, ValueError) as error:
        raise BadUserInput(f"JSON cannot represent the row: {error}.") from None


if __name__ == "__main__":
    main(int(sys.argv[1]))
