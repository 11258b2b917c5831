"""Parquet: reads the rows of a file in batches, in a separate process with limited memory and time."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import IO, Any, NamedTuple, cast

import msgspec

from tunix_rt.domain.exports.containers.parquet import INSTALL
from tunix_rt.domain.imports.importing import BATCH_BYTES, BATCH_LINES, ImportSource
from tunix_rt.domain.imports.line_imports import RecordOptions, record_reader
from tunix_rt.domain.imports.tables import parquet_process
from tunix_rt.domain.imports.tables.columns import Bound, ColumnMap, Split, bind, unique_columns
from tunix_rt.domain.imports.tables.csv_splitting import ROW_OVERHEAD
from tunix_rt.domain.imports.tables.parquet_process import TOO_LARGE, ReadRequest
from tunix_rt.domain.traces.trace import TraceDraft, TracePayload
from tunix_rt.errors import BadUserInput, NotInstalled, ValidationErrors
from tunix_rt.frames import receive_frame
from tunix_rt.offload import off_loop

FRUGAL = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""Environment for Arrow's and the C library's allocators to return unused memory, which counts against the limit."""
READ_SECONDS = 60
"""The time limit of one frame, which has up to some thousands of rows."""


class ReadRow(NamedTuple):
    """A row that the reading process has read: the canonical JSON of its trace, and what is stored beside it.

    If rows are read as records, ``canonical`` is the JSON of the record.
    """

    canonical: bytes
    external_id: str | None
    reference_answer: str | None
    group: str | None


@asynccontextmanager
async def parquet_source(file: IO[bytes], map_: ColumnMap, max_bytes: int) -> AsyncIterator[tuple[ImportSource, int]]:
    """Opens a Parquet file; its rows can be read until the end of the block. Yields the rows and their number.

    Args:
        file: a seekable file with a file descriptor.

    Raises:
        BadUserInput: the file is not Parquet, or the columns do not match the column map.
        NotInstalled: pyarrow is missing; the message has the install command.
    """
    require_pyarrow()
    async with reading(file) as process:
        _, columns, count = await next_frame(process)
        order = order_of(bind(map_, columns), max_bytes)
        yield ImportSource(row_batches(process, order), draft_of), count


@asynccontextmanager
async def parquet_records(file: IO[bytes], reading_options: RecordOptions) -> AsyncIterator[tuple[ImportSource, int]]:
    """Opens a Parquet file whose rows are records in an import format; see ``parquet_source``.

    Raises:
        BadUserInput: the file is not Parquet, or has too many columns.
        NotInstalled: pyarrow is missing; the message has the install command.
    """
    require_pyarrow()
    read = record_reader(reading_options)

    def drafts_of(row: ReadRow, number: int) -> list[TraceDraft]:
        return read(row.canonical, number)

    async with reading(file) as process:
        _, columns, count = await next_frame(process)
        bound = Bound(tuple(unique_columns(columns)), {}, {}, {}, Split.LINES)
        order = order_of(bound, reading_options.max_bytes, as_records=True)
        yield ImportSource(row_batches(process, order), drafts_of, lambda: "row"), count


async def parquet_columns(file: IO[bytes]) -> list[str]:
    """Returns the names of a Parquet file's columns; raises as ``parquet_records`` does."""
    require_pyarrow()
    async with reading(file) as process:
        _, columns, _ = await next_frame(process)
    return list(columns)


def require_pyarrow() -> None:
    """Raises ``NotInstalled`` if pyarrow is missing."""
    if find_spec("pyarrow") is None:
        raise NotInstalled(f"Parquet needs pyarrow, which is not installed here: {INSTALL}.", ["format"])


def order_of(bound: Bound, max_bytes: int, *, as_records: bool = False) -> ReadRequest:
    """Returns the request for the reading process."""
    return ReadRequest(
        list(bound.names),
        dict(bound.positions),
        dict(bound.meta),
        dict(bound.constants),
        bound.split.value,
        trace_bytes=max_bytes,
        row_bytes=max_bytes * ROW_OVERHEAD,
        batch_rows=BATCH_LINES,
        batch_bytes=BATCH_BYTES // 4,
        as_records=as_records,
    )


def draft_of(row: ReadRow, _: int) -> list[TraceDraft]:
    """Returns the draft of a row that the reading process has validated."""
    payload = msgspec.json.decode(row.canonical, type=TracePayload)
    return [TraceDraft(payload, row.canonical, row.external_id, (), row.reference_answer, row.group)]


@asynccontextmanager
async def reading(file: IO[bytes]) -> AsyncIterator[Process]:
    """Starts a process that reads a file, and kills it at the end of the block."""
    number = file.fileno()
    command = [sys.executable, "-m", parquet_process.__name__, str(number)]
    variables = os.environ | FRUGAL
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, pass_fds=[number], env=variables, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def row_batches(process: Process, order: ReadRequest) -> AsyncIterator[list[ReadRow | BadUserInput]]:
    """Yields batches of rows, each a trace or an error; raises as ``next_frame`` does."""
    orders = cast("StreamWriter", process.stdin)
    orders.write(msgspec.json.encode(order) + b"\n")
    while (frame := await next_frame(process))[0] == "rows":
        yield [
            ReadRow(*row) if errors is None else ValidationErrors([BadUserInput(*error) for error in errors])
            for *row, errors in frame[1]
        ]
    await process.wait()  # it ends by itself: a signal at that moment would take its exit status from the event loop


async def next_frame(process: Process) -> list[Any]:
    """Returns the reading process's next frame.

    Raises:
        BadUserInput: the file is damaged, or reading it exceeds the limits of memory or time.
    """
    try:
        async with asyncio.timeout(READ_SECONDS):
            content = await receive_frame(cast("StreamReader", process.stdout))
    except asyncio.IncompleteReadError:
        raise BadUserInput(TOO_LARGE) from None  # the library aborts the process if the system refuses memory
    except TimeoutError:
        raise BadUserInput(f"Reading some thousand rows of the file took longer than {READ_SECONDS} s.") from None
    frame: list[Any] = await off_loop(len(content), msgspec.msgpack.decode, content)
    if frame[0] == "error":
        raise BadUserInput(frame[1])
    return frame
