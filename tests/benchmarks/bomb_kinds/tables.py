"""Tables that are small when they are sent."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

from tests.benchmarks.bomb_kinds.base import Bomb, Drop, Target, posting

FIELDS = "prompt,final_answer,steps"
CSV = "/v1/traces?format=csv&on_error=skip"
PARQUET = "/v1/traces?format=parquet&on_error=skip"
LINES = "/v1/traces?on_error=skip"
ROW = b"2 + 2?,4,Count.\n"
LONG_ROW = b"2 + 2?,4," + b"Count. " * 230 + b"\n"


def csv(content: bytes) -> Callable[[Target], Drop]:
    """A gzipped CSV."""
    return posting(CSV, gzip.compress(content), "application/gzip")


def row_of_commas() -> bytes:
    """A row of 20 MB that is all commas, and 100,000 good ones."""
    return f"{FIELDS}\n".encode() + b"," * 20_000_000 + b"\n" + ROW * 1000


def many_columns(count: int, rows: int) -> bytes:
    """A header of many columns, and rows of as many empty cells."""
    header = ",".join([FIELDS, *(f"column{number}" for number in range(count))])
    return f"{header}\n".encode() + (b"2 + 2?,4,Count." + b"," * count + b"\n") * rows


def quotes() -> bytes:
    """A quote that nothing closes, before 60 MB of rows."""
    return f'{FIELDS}\n"'.encode() + LONG_ROW * 40_000


def parquet(make: Callable[[Any], dict[str, Any]]) -> Callable[[Target], Drop]:
    """A Parquet file of columns, written when it is needed: that takes a while."""

    def prepare(target: Target) -> Drop:
        import pyarrow as pa
        from pyarrow import parquet as files

        written = io.BytesIO()
        files.write_table(pa.table(make(pa)), written, compression="zstd", compression_level=19)
        return posting(PARQUET, written.getvalue(), "application/vnd.apache.parquet")(target)

    return prepare


def shared_text(pa: Any) -> dict[str, Any]:
    """A text of 60 MB that 1,000 rows share."""
    rows = 1000
    texts = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), rows), ["a" * 60_000_000])
    return fields(rows) | {"text": texts}


def long_list(pa: Any) -> dict[str, Any]:
    """A list of 30 million numbers in one row."""
    size = 30_000_000
    return fields(1) | {"list": pa.ListArray.from_arrays([0, size], pa.repeat(pa.scalar(0, pa.int8()), size))}


def wide(pa: Any) -> dict[str, Any]:
    """A table of 20,000 columns."""
    return fields(10) | {f"column{number}": pa.repeat(pa.scalar(0, pa.int8()), 10) for number in range(20_000)}


def fields(rows: int) -> dict[str, Any]:
    """Returns the columns of the required fields."""
    return {"prompt": [f"{n}?" for n in range(rows)], "final_answer": ["4"] * rows, "steps": ["Count."] * rows}


def blank_lines() -> bytes:
    """60 MB of lines with nothing in them."""
    return gzip.compress(b"\n" * 60_000_000)


def nested() -> bytes:
    """A line that is nothing but opening brackets, and one of a million empty lists."""
    return gzip.compress(b"[" * 4_000_000 + b"\n" + b"[" + b"[]," * 1_300_000 + b"[]]\n")


BOMBS = (
    Bomb("CSV: a row of 20 MB of commas in 19 KB", csv(row_of_commas())),
    Bomb("CSV: a header of 20,000 columns", csv(many_columns(20_000, 10))),
    Bomb("CSV: a quote never closed before 64 MB", csv(quotes())),
    Bomb("Parquet: a text of 60 MB shared by 1,000 rows", parquet(shared_text)),
    Bomb("Parquet: a list of 30 million", parquet(long_list)),
    Bomb("Parquet: 20,000 columns", parquet(wide)),
    Bomb("NDJSON: 60 million blank lines", posting(LINES, blank_lines(), "application/gzip")),
    Bomb("NDJSON: lines of brackets", posting(LINES, nested(), "application/gzip")),
)
