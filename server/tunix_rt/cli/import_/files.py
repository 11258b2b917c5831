"""Files as sources of traces: JSON lines or a JSON array in an import format, CSV, Parquet."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import IO, Any

from tunix_rt.cli.import_.progress import Bar, size_of
from tunix_rt.domain.imports.formats import ImportFormat
from tunix_rt.domain.imports.importing import LINE_OVERHEAD, ImportSource, OnError
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.records import RecordStream, table_text
from tunix_rt.domain.imports.tables.columns import PARQUET, ColumnMap
from tunix_rt.errors import BadUserInput

CHUNK_BYTES = 1 << 18
PARQUET_START = b"PAR1"


@asynccontextmanager
async def file_source(
    name: str,
    format_: ImportFormat | None,
    file: IO[bytes],
    map_: ColumnMap,
    max_bytes: int,
    bar: Bar,
    on_error: OnError,
) -> AsyncIterator[ImportSource]:
    """Yields a file as a source of traces, which is open until the end of the block; reading advances the bar.

    Args:
        format_: the format of the records; None for a table.

    Raises:
        BadUserInput: the file is damaged, or a mapped column is missing.
        Unavailable: the package that reads it is not installed.
    """
    keep = on_error is OnError.KEEP
    reading = RecordOptions(format_, max_bytes, keep, map_.constants) if format_ else None
    if name == PARQUET or (reading and is_parquet(file)):
        async with parquet_file(file, reading or map_, max_bytes, bar) as source:
            yield source
        return
    bar.expect(size_of(file))
    chunks = decompress_chunks(chunks_of(file, bar.advance))
    if reading is None:
        from tunix_rt.domain.imports.tables.csv import csv_source

        yield await csv_source(table_text(chunks), map_, max_bytes)
        return
    yield line_source(RecordStream(chunks, max_bytes * LINE_OVERHEAD), reading)


@asynccontextmanager
async def parquet_file(
    file: IO[bytes], reading: RecordOptions | ColumnMap, max_bytes: int, bar: Bar
) -> AsyncIterator[ImportSource]:
    """Yields a Parquet file, of records or of a table, as a source of traces; raises as ``file_source`` does."""
    from tunix_rt.domain.imports.tables.parquet import parquet_records, parquet_source

    if not file.seekable():
        raise BadUserInput("Parquet cannot be read from standard input; give the path of a file.", ["file"])
    opened = (
        parquet_records(file, reading)
        if isinstance(reading, RecordOptions)
        else parquet_source(file, reading, max_bytes)
    )
    async with opened as (source, rows):
        bar.expect(rows)

        async def counted() -> AsyncIterator[Sequence[Any]]:
            async for batch in source.batches:
                yield batch
                bar.advance(len(batch))

        yield ImportSource(counted(), source.read, source.unit)


def is_parquet(file: IO[bytes]) -> bool:
    """Returns whether a file begins like Parquet; a stream does not."""
    if not file.seekable():
        return False
    start = file.read(len(PARQUET_START))
    file.seek(0)
    return start == PARQUET_START


async def chunks_of(file: IO[bytes], advance: Callable[[int], None]) -> AsyncIterator[bytes]:
    """Yields a file's bytes, from front to back; Ctrl-C interrupts the wait for those of a pipe or a terminal."""
    while chunk := await read_chunk(file):
        advance(len(chunk))
        yield chunk


async def read_chunk(file: IO[bytes]) -> bytes:
    """Returns the next bytes of a file; none at its end."""
    if file.seekable():
        return file.read(CHUNK_BYTES)
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(file.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file.fileno())
    return os.read(file.fileno(), CHUNK_BYTES)
