"""Detects the format of a file by its first record, or by the columns of a table."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunix_rt.domain.imports.importing import LINE_OVERHEAD
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.reading.likeness import fitting_formats, likeness_of_text
from tunix_rt.domain.imports.records import RecordStream
from tunix_rt.domain.imports.tables.columns import CSV, PARQUET, ColumnMap, column_list
from tunix_rt.domain.imports.tables.csv import BYTE_ORDER_MARK, USUAL_DELIMITERS, cells_of
from tunix_rt.domain.imports.tables.recognition import is_complete, recognised_map
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput

SCORE_FIELDS = {"scorer", "kind", "score"}
ROWS_ADVICE = "If columns have a prompt and answers to it, import them as rows, with --map prompt=COLUMN --each COLUMN."


@dataclass(frozen=True)
class FirstRecord:
    """The first record of a file, or the columns of a Parquet file."""

    content: bytes
    columns: Collection[str] | None = None


async def first_record(chunks: AsyncIterable[bytes], max_bytes: int) -> FirstRecord:
    """Returns the first record of a stream, plain or gzip, that is not blank.

    Raises:
        BadUserInput: there is none, or it is too long.
    """
    async for record in RecordStream(decompress_chunks(chunks), max_bytes * LINE_OVERHEAD):
        if isinstance(record, BadUserInput):
            raise record
        if record.strip():
            return FirstRecord(record)
    raise BadUserInput("The file has no records.")


def candidates_for(first: FirstRecord) -> list[str]:
    """Returns the names of the formats that a file may have, the likeliest first; there is at least one.

    Raises:
        BadUserInput: no format is like the file; the message has the fields of its first record.
    """
    if first.columns is not None:
        names = list(first.columns)
        return table_candidates(names) or unknown(names)
    try:
        record: Any = decode_json(first.content)
    except BadUserInput:
        if first.content.lstrip()[:1] in (b"{", b"["):
            raise
        return text_candidates(first.content)
    if not isinstance(record, dict):
        raise BadUserInput("The first record is not a JSON object.")
    if record.keys() >= SCORE_FIELDS:
        raise BadUserInput("These look like scores of stored traces: import them with `tunix-rt import scores`.")
    return fitting_formats(record.keys()) or unknown(record.keys())


def table_candidates(columns: Sequence[str]) -> list[str]:
    """Returns the names of the formats of a Parquet file; ``parquet`` is the last one if it needs a column map."""
    table = [PARQUET] if recognised_map(ColumnMap(), columns) else []
    records = fitting_formats(columns)
    return [*table, *records] if is_complete(columns) else [*records, *table]


def text_candidates(line: bytes) -> list[str]:
    """Returns ``csv`` for the header of a table with usual columns; raises as ``candidates_for`` does."""
    if header_map(ColumnMap(), line):
        return [CSV]
    raise BadUserInput(likeness_of_text(line.strip()) or "The first line is neither JSON nor the header of a table.")


def header_map(map_: ColumnMap, line: bytes) -> ColumnMap | None:
    """Returns a column map for the header of a CSV, with the delimiter that separates usual columns; None without."""
    for delimiter in USUAL_DELIMITERS:
        try:
            columns = cells_of(line.strip().removeprefix(BYTE_ORDER_MARK), delimiter)
        except BadUserInput:
            continue
        if found := recognised_map(replace(map_, delimiter=delimiter), columns):
            return found
    return None


def proposed_map(name: str, map_: ColumnMap, first: FirstRecord) -> ColumnMap:
    """Returns the column map for a table in a format that ``candidates_for`` has returned; ``map_`` for others."""
    if name == CSV:
        return header_map(map_, first.content) or map_
    return (name == PARQUET and recognised_map(map_, list(first.columns or ()))) or map_


def unknown(fields: Collection[str]) -> list[str]:
    """Refuses a record of no known format."""
    raise BadUserInput(f"The format is unknown. The fields are: {column_list(list(fields))}. {ROWS_ADVICE}")
