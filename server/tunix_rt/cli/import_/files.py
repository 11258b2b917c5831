"""Files as sources of traces: JSON lines or a JSON array in an import format, CSV, Parquet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import IO, Any

from tunix_rt.cli.import_.progress import Bar, size_of
from tunix_rt.domain.imports.formats import import_formats
from tunix_rt.domain.imports.importing import LINE_OVERHEAD, ImportSource, OnError
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.records import RecordStream, table_text
from tunix_rt.domain.imports.tables.columns import CSV, PARQUET, ColumnMap
from tunix_rt.errors import BadUserInput

CHUNK_BYTES = 1 << 18


@asynccontextmanager
async def file_source(
    name: str, file: IO[bytes], map_: ColumnMap, max_bytes: int, bar: Bar, on_error: OnError
) -> AsyncIterator[ImportSource]:
    """Yields a file as a source of traces, which is open until the end of the block; reading advances the bar.

    Raises:
        BadUserInput: the file is damaged, or a mapped column is missing.
        Unavailable: the package that reads it is not installed.
    """
    if name == PARQUET:
        async with parquet_file(file, map_, max_bytes, bar) as source:
            yield source
        return
    bar.expect(size_of(file))
    chunks = decompress_chunks(chunks_of(file, bar.advance))
    if name == CSV:
        from tunix_rt.domain.imports.tables.csv import csv_source

        yield await csv_source(table_text(chunks), map_, max_bytes)
        return
    reading = RecordOptions(import_formats()[name], max_bytes, on_error is OnError.KEEP, map_.constants)
    yield line_source(RecordStream(chunks, max_bytes * LINE_OVERHEAD), reading)


@asynccontextmanager
async def parquet_file(file: IO[bytes], map_: ColumnMap, max_bytes: int, bar: Bar) -> AsyncIterator[ImportSource]:
    """Yields a Parquet file as a source of traces; raises as ``file_source`` does."""
    from tunix_rt.domain.imports.tables.parquet import parquet_source

    if not file.seekable():
        raise BadUserInput("Parquet cannot be read from standard input; give the path of a file.", ["file"])
    async with parquet_source(file, map_, max_bytes) as (source, rows):
        bar.expect(rows)

        async def counted() -> AsyncIterator[Sequence[Any]]:
            async for batch in source.batches:
                yield batch
                bar.advance(len(batch))

        yield ImportSource(counted(), source.read)


async def chunks_of(file: IO[bytes], advance: Callable[[int], None]) -> AsyncIterator[bytes]:
    """Yields a file's bytes, from front to back."""
    while chunk := file.read(CHUNK_BYTES):
        advance(len(chunk))
        yield chunk
