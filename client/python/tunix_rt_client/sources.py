"""The sources of traces and scores: lists, data frames, datasets, files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from datetime import date
from numbers import Integral
from pathlib import Path
from typing import Any
from uuid import UUID

from tunix_rt_client.display import DisplayedRecord
from tunix_rt_client.errors import BadInput

Row = Mapping[str, Any]
Columns = Mapping[str, "str | Sequence[str]"]
"""The column of each field of a trace; ``meta`` may have a list of columns."""
CHUNK_BYTES = 1 << 18
NATIVE = "jsonl"
MEDIA_TYPES = {"csv": "text/csv", "tsv": "text/tab-separated-values", "parquet": "application/vnd.apache.parquet"}
LINES = "application/x-ndjson"
TEXTS = frozenset({"prompt", "final_answer", "reference_answer", "external_id", "group"})
"""The fields of a native line that are strings, and may be numbers in a table."""
FIELDS = TEXTS | {"trace_version", "steps", "meta", "scores", "produced_by"}
"""The fields of a native line; other columns of a row become metadata."""


def rows_of(source: Any) -> tuple[Iterable[Row], int | None]:
    """Returns the rows of a list, a data frame or a Hugging Face dataset, and their number if it is known.

    Raises:
        BadInput: the source is of another type.
    """
    if hasattr(source, "to_dict") and hasattr(source, "columns"):
        return frame_rows(source), len(source)
    if isinstance(source, (str, bytes, Mapping)) or not isinstance(source, Iterable):
        raise BadInput(
            f"Rows must be a list of dicts, a data frame or a dataset; this is of type {type(source).__name__}.",
            code="BAD_USER_INPUT",
        )
    return dict_rows(source), len(source) if isinstance(source, Sized) else None


def dict_rows(source: Iterable[Any]) -> Iterator[Row]:
    """Yields rows.

    Raises:
        BadInput: one of them is not a dict.
    """
    for position, row in enumerate(source):
        if not isinstance(row, Mapping):
            raise BadInput(f"Row {position} must be a dict; it is of type {type(row).__name__}.", code="BAD_USER_INPUT")
        yield row


def frame_rows(frame: Any) -> Iterator[Row]:
    """Yields the rows of a data frame without its missing values."""
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items() if not is_missing(value)}


def is_missing(value: Any) -> bool:
    """Returns whether a cell is None, NaN or NaT."""
    if value is None or isinstance(value, dict) or hasattr(value, "__len__"):
        return value is None
    return bool(value != value)  # noqa: PLR0124  (NaN and NaT differ from themselves)


def native_trace(row: Row, columns: Columns | None = None) -> dict[str, Any]:
    """Returns a row as a native trace.

    A step may be a string; one string for all steps has one on each line. A whole number becomes a string where a
    string belongs, as the ids and answers of a data frame that was read from a CSV file. Without ``columns`` the row's
    fields are named as in native lines, and other ones become metadata.

    Args:
        columns: the column of each field, by the field's name; ``meta`` names a list of columns.
    """
    if columns is None:
        given = dict(row)
        others = {name: given.pop(name) for name in list(given) if name not in FIELDS}
        meta = {**others, **(given.pop("meta", None) or {})}
    else:
        given = {name: row.get(column) for name, column in columns.items() if isinstance(column, str)}
        meta = {column: row.get(column) for column in columns.get("meta", ()) if row.get(column) is not None}
    steps = given.pop("steps", None)
    trace = {name: text_of(value) if name in TEXTS else value for name, value in given.items() if value is not None}
    trace |= {"trace_version": str(trace.get("trace_version", "1.0"))}
    trace |= {"steps": native_steps(steps)} if steps is not None else {}
    return trace | ({"meta": meta} if meta else {})


def text_of(value: Any) -> Any:
    """Returns a whole number as its digits, any other value as it is."""
    return value if isinstance(value, bool) or not isinstance(value, Integral) else str(value)


def native_steps(steps: Any) -> list[dict[str, Any]]:
    """Returns steps as native ones: strings get an index and the type ``reasoning``."""
    texts = [line for line in steps.splitlines() if line.strip()] if isinstance(steps, str) else list(steps)
    return [
        {"i": index, "type": "reasoning", "content": step} if isinstance(step, str) else dict(step)
        for index, step in enumerate(texts)
    ]


def as_json(value: Any) -> bytes:
    """Returns a value as one line of JSON; numbers of NumPy, times and UUIDs are written as JSON's own.

    An object of this package that has an id is written as its id.

    Raises:
        BadInput: the value has no form in JSON.
    """
    try:
        return json.dumps(value, ensure_ascii=False, default=plain_value, allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise BadInput(f"This cannot be sent as JSON: {error}.", code="BAD_USER_INPUT") from None


def plain_value(value: Any) -> Any:
    """Returns a value that JSON has for one that it does not know.

    Raises:
        TypeError: there is none.
    """
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, DisplayedRecord) and hasattr(value, "id"):
        return value.id
    for convert in ("tolist", "item"):
        if hasattr(value, convert):
            return getattr(value, convert)()
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def chunks_of(lines: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yields lines in chunks of about 256 KiB, each with its number of lines."""
    buffer, count = bytearray(), 0
    for line in lines:
        buffer += line
        count += 1
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer), count
            buffer, count = bytearray(), 0
    if buffer:
        yield bytes(buffer), count


def file_chunks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yields a file in chunks, each with its size."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk, len(chunk)


def file_format(path: Path) -> str:
    """Returns the format that a file's suffix names: a table's, or native lines."""
    suffixes = [suffix.lower().removeprefix(".") for suffix in path.suffixes if suffix.lower() != ".gz"]
    return suffixes[-1] if suffixes and suffixes[-1] in MEDIA_TYPES else NATIVE


def map_parameters(columns: Columns) -> dict[str, Any]:
    """Returns a map of columns as parameters of a request; a list of columns of the metadata leaves out all others."""
    named = [f"{name}:{column}" for name, column in columns.items() if isinstance(column, str)]
    listed = columns.get("meta")
    if listed is None or isinstance(listed, str):
        return {"map": named}
    return {"map": [*named, *(f"meta.{column}:{column}" for column in listed)], "rest": "drop"}


def score_input(row: Row, scorer: str, kind: str, version: str) -> dict[str, Any]:
    """Returns a row as a ``ScoreInput``. Columns are named as in the schema, or in Python's spelling."""
    names = {
        "id": "traceId",
        "trace_id": "traceId",
        "content_hash": "contentHash",
        "external_id": "externalId",
        "step_index": "stepIndex",
        "scorer_version": "scorerVersion",
    }
    texts = {"contentHash", "source", "externalId", "scorerVersion", "rationale"}
    others = {"traceId", "stepIndex", "score", "details"}
    renamed = {names.get(name, name): value for name, value in row.items() if not is_missing(value)}
    given = {name: text_of(value) for name, value in renamed.items() if name in texts}
    given |= {name: plain_number(value) for name, value in renamed.items() if name in others}
    identified = given if not given.keys() & {"traceId", "contentHash"} else without_source(given)
    return {"scorer": scorer, "kind": kind, "scorerVersion": version} | identified


def without_source(given: dict[str, Any]) -> dict[str, Any]:
    """Returns a score's input named by its trace's id or hash alone, since one way to name it is enough."""
    extra = {"source", "externalId"} | ({"contentHash"} if "traceId" in given else set())
    return {name: value for name, value in given.items() if name not in extra}


def plain_number(value: Any) -> Any:
    """Returns a number of NumPy as Python's."""
    return value.item() if hasattr(value, "item") else value
