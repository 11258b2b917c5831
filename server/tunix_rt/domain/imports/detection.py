"""Detects the format of a file by its first record, or by the columns of a table."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection
from dataclasses import dataclass
from typing import Any

from tunix_rt.domain.imports.importing import LINE_OVERHEAD
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.reading.likeness import fitting_formats, likeness_of_text
from tunix_rt.domain.imports.records import RecordStream
from tunix_rt.domain.imports.tables.columns import CSV, PARQUET, REQUIRED, column_list
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
        table = [PARQUET] if {*REQUIRED} <= {*first.columns} else []
        return [*table, *fitting_formats(first.columns)] or unknown(first.columns)
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


def text_candidates(line: bytes) -> list[str]:
    """Returns ``csv`` for the header of a table with all required columns; raises as ``candidates_for`` does."""
    names = line.decode(errors="replace").strip().split(",")
    if {*REQUIRED} <= {*names}:
        return [CSV]
    raise BadUserInput(likeness_of_text(line.strip()) or "The first line is neither JSON nor the header of a table.")


def unknown(fields: Collection[str]) -> list[str]:
    """Refuses a record of no known format."""
    raise BadUserInput(f"The format is unknown. The fields are: {column_list(list(fields))}. {ROWS_ADVICE}")
