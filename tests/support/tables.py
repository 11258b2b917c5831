"""CSV tables, as the tests of imports write and read them."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

from tunix_rt.domain.imports.importing import ImportReport, ImportSource, read_batch
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.tables.columns import ColumnMap, bind
from tunix_rt.domain.imports.tables.csv import csv_source
from tunix_rt.domain.imports.tables.rows import parse_row
from tunix_rt.domain.traces.trace import TraceDraft

MAX_BYTES = 1_048_576


NAMES = ["prompt", "final_answer", "steps"]


async def stream(data: bytes, size: int) -> AsyncIterator[bytes]:
    """``data`` in chunks of ``size`` bytes."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def written(rows: Sequence[Sequence[str]], ending: str = "\r\n") -> bytes:
    """Rows as CSV."""
    text = io.StringIO(newline="")
    if ending == "\r\n":
        csv.writer(text).writerows(rows)
    else:  # here Python would leave a \r without quotes
        csv.writer(text, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


async def table(
    data: bytes, map_: ColumnMap | None = None, max_bytes: int = MAX_BYTES
) -> tuple[list[TraceDraft], ImportReport]:
    """Returns the traces of a CSV file, and the report on its rows."""
    source: ImportSource = await csv_source(decompress_chunks(stream(data, 7)), map_ or ColumnMap(), max_bytes)
    report, drafts = ImportReport(), []
    async for batch in source.batches:
        drafts.extend(read_batch(batch, source.read, report))
    return drafts, report


def parsed(values: dict[str, Any], map_: ColumnMap | None = None) -> dict[str, Any]:
    """The trace of a row, its external id included."""
    bound = bind(map_ or ColumnMap(), list(values))
    found = parse_row(bound, [values[name] for name in bound.names])
    return found.trace | {"external_id": found.external_id}
