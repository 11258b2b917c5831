"""The process that reads one Parquet file: ``python -m tunix_rt.domain.imports.tables.parquet_process FILE_NUMBER``.

A file of some kilobytes can ask for gigabytes, which its own figures need not tell, and no library can be stopped while
it decompresses. So a file is read by a process of its own, whose memory the system bounds and which is killed when it
takes too long; what it says are traces that have passed every check.

It writes frames to standard output, each four bytes of length and msgpack: ``["table", columns, rows]``; then, once
standard input has had a line of JSON with the ``ReadRequest``, ``["rows", rows]`` as often as there are some,
each row ``[canonical JSON, external id, errors]``; ``["end"]``; or ``["error", message]`` at any time.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import msgspec

from tunix_rt.domain.imports.tables.columns import Bound, Split
from tunix_rt.domain.imports.tables.parquet_values import rows_of, weight_of_all
from tunix_rt.domain.imports.tables.rows import parse_row
from tunix_rt.domain.traces.trace import validate_trace
from tunix_rt.errors import BadUserInput, errors_of

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

MEMORY_BYTES = 192 << 20
MOST_MEMORY_BYTES = 768 << 20
"""What reading may take beside the libraries themselves: by the size of the columns, between these bounds."""
SHARE = 4
"""A page is held compressed, decompressed, as Arrow and as rows, and may be all that its row group has of a column."""
MOST_COMPRESSED = 50
"""What is said to be so much larger than it comes gets no memory for it: text is not, and a trap is."""
PAGE_BYTES = 1 << 16
READ_ROWS = 25
LENGTH_BYTES = 4

Result = TypeVar("Result")


class ReadRequest(msgspec.Struct):
    """A request to read columns as fields (see ``Bound``), with the batch size.

    Args:
        trace_bytes: the largest trace.
        row_bytes: the largest row, before it is a trace.
        batch_rows, batch_bytes: where a list of rows ends.
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

    @property
    def bound(self) -> Bound:
        """The column map."""
        return Bound(tuple(self.names), self.positions, self.meta, self.constants, Split(self.split))


def main(file_number: int) -> None:
    """Reads the file with that number, and writes what it holds."""
    output = sys.stdout.buffer
    try:
        with os.fdopen(file_number, "rb") as file:
            opened = open_parquet(file)
            send(output, ["table", opened.schema_arrow.names, opened.metadata.num_rows])
            if not (line := sys.stdin.buffer.readline()):
                return
            order = msgspec.json.decode(line, type=ReadRequest)
            bound_memory(memory_for(opened, order.names))
            for batch in row_batches(opened, order):
                send(output, ["rows", batch])
        send(output, ["end"])
    except BadUserInput as error:
        send(output, ["error", error.message])
    except BrokenPipeError:
        os._exit(1)  # nobody listens; Python would complain at its end


def send(output: IO[bytes], frame: list[Any]) -> None:
    """Writes a frame."""
    content = msgspec.msgpack.encode(frame)
    output.write(len(content).to_bytes(LENGTH_BYTES))
    output.write(content)
    output.flush()


def open_parquet(file: IO[bytes]) -> ParquetFile:
    """Returns the opened file, and this process's memory bounded from now on.

    Raises:
        BadUserInput: it is no Parquet file.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    pyarrow.set_cpu_count(1)
    bound_memory(MEMORY_BYTES)
    # With a buffer, pages are read as they are needed, and not a row group's whole columns.
    return readable(lambda: ParquetFile(file, buffer_size=PAGE_BYTES, pre_buffer=False))


def bound_memory(size: int) -> None:
    """Limits this process's memory to its current size and a number of bytes more."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except FileNotFoundError:  # no Linux
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + size, hard))


def memory_for(opened: ParquetFile, names: list[str]) -> int:
    """Returns the memory that reading columns may take, by the file's metadata on its largest row group.

    A file that says too little is not read, and one that says too much gets no more than the most.
    """
    groups = [opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups)]
    wanted = set(names)
    largest = max((sum(sizes_of(group, wanted)) for group in groups), default=0)
    return max(MEMORY_BYTES, min(SHARE * largest, MOST_MEMORY_BYTES))


def sizes_of(group: Any, wanted: set[str]) -> Iterator[int]:
    """Yields the sizes of the wanted columns in a row group; a column with columns inside counts by each of them."""
    for position in range(group.num_columns):
        column = group.column(position)
        path: str = column.path_in_schema
        if path in wanted or any(path.startswith(f"{name}.") for name in wanted):
            yield max(0, min(column.total_uncompressed_size, MOST_COMPRESSED * column.total_compressed_size))


def readable(read: Callable[[], Result]) -> Result:
    """Turns errors of a reading step into errors for the user.

    Raises:
        BadUserInput: the file is damaged, or holds what cannot be read.
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
    """Yields the rows as traces, in lists that end as the order says; raises as ``readable`` does."""
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
    """Returns how many rows to read at once.

    Few: what a file says of its size tells little of a text that it has once and that all rows refer to.
    """
    groups = [opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups)]
    widest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(READ_ROWS, int(batch_bytes / max(widest, 1))))


def trace_of(bound: Bound, row: tuple[Any, ...] | BadUserInput, order: ReadRequest) -> list[Any]:
    """Returns a row's trace and external id, or its errors."""
    try:
        if isinstance(row, BadUserInput):
            raise row
        parsed = parse_row(bound, row)
        found = validate_trace(parsed.trace, order.trace_bytes, parsed.external_id)
    except BadUserInput as error:
        return [b"", None, [[single.message, single.path] for single in errors_of(error)]]
    return [found.canonical, found.external_id, None]


if __name__ == "__main__":
    main(int(sys.argv[1]))
