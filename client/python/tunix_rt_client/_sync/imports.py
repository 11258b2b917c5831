# Generated from _async/imports.py: edit that file, then run python client/python/codegen/generate.py.
"""Imports of traces and scores, streamed to the server."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._generated.documents import CREATE_SCORES, DELETE_SCORES
from tunix_rt_client.errors import BadInput, ConnectionLost, request_error
from tunix_rt_client.progress import progress_bar
from tunix_rt_client.records import as_record
from tunix_rt_client.reports import ImportReport
from tunix_rt_client.sources import (
    LINES,
    MEDIA_TYPES,
    NATIVE,
    Columns,
    as_json,
    chunks_of,
    file_chunks,
    file_format,
    map_parameters,
    native_trace,
    rows_of,
    score_input,
)

if TYPE_CHECKING:
    import httpx

BATCH = 1000
"""Scores of one mutation."""
AUTO = "auto"


def import_rows(
    connection: Connection, source: Any, format: str, columns: Columns | None, parameters: Mapping[str, Any]
) -> ImportReport:
    """Imports the rows of a list, a data frame or a dataset."""
    rows, total = rows_of(source)
    native = format in {AUTO, NATIVE}
    lines = (as_json(native_trace(row, columns) if native else row) for row in rows)
    query: dict[str, Any] = {"format": NATIVE if native else format, **parameters}
    if columns is not None and not native:
        query |= map_parameters(columns)
    bar = progress_bar(total, "trace", "import")
    return send(connection, chunks_of(lines), bar, query, LINES)


def import_file(
    connection: Connection, path: Path, format: str, columns: Columns | None, parameters: Mapping[str, Any]
) -> ImportReport:
    """Imports a file; a table needs ``columns``."""
    chosen = file_format(path) if format == AUTO else format
    query: dict[str, Any] = {"format": "csv" if chosen == "tsv" else chosen, **parameters}
    if columns is not None:
        query |= map_parameters(columns)
    bar = progress_bar(path.stat().st_size, "B", path.name)
    return send(connection, file_chunks(path), bar, query, MEDIA_TYPES.get(chosen, LINES))


def send(
    connection: Connection, chunks: Iterator[tuple[bytes, int]], bar: Any, query: Mapping[str, Any], media: str
) -> ImportReport:
    """Streams chunks to the server and returns its report.

    An import that broke off can be repeated: traces that are there already are counted as duplicates.

    Raises:
        BadInput: the import stopped at an invalid line.
        ConnectionLost: there was no answer.
    """

    import httpx

    def body() -> Iterator[bytes]:
        for chunk, size in chunks:
            yield chunk
            bar.update(size)

    try:
        response = connection.http.post(
            "/v1/traces", params=dict(query), content=body(), headers={"Content-Type": media}, timeout=None
        )
    except httpx.TransportError as error:
        raise broken_off(connection) from error
    finally:
        bar.close()
    return report_of(response, connection)


def broken_off(connection: Connection) -> ConnectionLost:
    """Returns the error of an import whose report did not arrive."""
    return ConnectionLost(f"The import to {connection.url} broke off: repeat it to go on.")


def report_of(response: httpx.Response, connection: Connection) -> ImportReport:
    """Returns the report in a response.

    Raises:
        ConnectionLost: a proxy has answered, since the server has not.
        RequestError: the server refused the import.
        BadInput: the import stopped at an invalid line.
    """
    try:
        answer = response.json()
    except ValueError as error:
        raise broken_off(connection) from error
    if answer.get("errors"):
        raise request_error(answer["errors"], response.headers.get("x-request-id"))
    report = as_record(answer, ImportReport)
    if report.stopped:
        first = report.refusals[-1]
        message, request_id = f"Line {first.line:,}: {first.reason}", response.headers.get("x-request-id")
        raise BadInput(message, code=first.code, path=[first.field or ""], request_id=request_id)
    return report


def add_scores(connection: Connection, source: Any, scorer: str, kind: str, version: str) -> int:
    """Stores scores in batches of 1,000 and returns their number.

    Each batch is stored whole or not at all. Repeating one is safe.

    Raises:
        BadInput: a row names no trace, or its score is invalid.
        NotFound: a row names a trace that does not exist.
    """
    rows, total = rows_of(source)
    stored, batch = 0, list[dict[str, Any]]()
    with progress_bar(total, "score", scorer) as bar:
        for row in rows:
            batch.append(score_input(row, scorer, kind, version))
            if len(batch) == BATCH:
                stored += store(connection, batch, bar)
                batch = []
        if batch:
            stored += store(connection, batch, bar)
    return stored


def store(connection: Connection, batch: Sequence[Mapping[str, Any]], bar: Any) -> int:
    """Stores one batch of scores and returns their number."""
    given = {"scores": list(batch), "idempotencyKey": uuid.uuid4().hex}
    payload = connection.mutate(CREATE_SCORES, "createScores", given, keyed=True)
    bar.update(len(batch))
    created: int = payload["createdCount"]
    return created


def delete_scores(connection: Connection, ids: Iterable[str]) -> int:
    """Deletes scores by people in batches of 1,000, each whole or not at all, and returns their number."""
    given, deleted = list(map(str, ids)), 0
    for start in range(0, len(given), BATCH):
        payload = connection.mutate(DELETE_SCORES, "deleteScores", {"ids": given[start : start + BATCH]})
        deleted += payload["deletedCount"]
    return deleted
