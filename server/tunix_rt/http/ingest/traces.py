"""``POST /v1/traces``: imports any number of traces, plain or gzip, in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.api.naming import suggest_names
from tunix_rt.domain.imports.formats import ImportFormat, get_import_format
from tunix_rt.domain.imports.formats.rows import ROWS, answer_columns, rows_format
from tunix_rt.domain.imports.importing import LINE_OVERHEAD, ImportReport, ImportSource, OnError
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.records import LINE, RecordStream, table_text
from tunix_rt.domain.imports.storing import import_source
from tunix_rt.domain.imports.tables.columns import COMMA, CSV, PARQUET, TAB, TABLES, ColumnMap, Rest, Split, column_map
from tunix_rt.domain.imports.tables.csv import csv_source
from tunix_rt.domain.imports.tables.parquet import parquet_records, parquet_source
from tunix_rt.errors import BadUserInput, TunixRtError
from tunix_rt.http.errors import HttpError, error_response, json_response
from tunix_rt.http.ingest.reports import (
    GZIP,
    LINES,
    body_of,
    choice_of,
    media_type,
    partial_response,
    require_encoding,
)
from tunix_rt.http.parameters import require_known
from tunix_rt.http.spool import spool_body
from tunix_rt.settings import Settings

TAB_SEPARATED = "text/tab-separated-values"
PARQUET_TYPE = "application/vnd.apache.parquet"
TABLE_TYPES = {"text/csv": CSV, TAB_SEPARATED: CSV, PARQUET_TYPE: PARQUET}
LISTED_PARAMETERS = ("map", "set", "each", "score")
TABLE_PARAMETERS = ("split_steps", "rest")
ANSWER_PARAMETERS = ("each", "score")
PARAMETERS = ("format", "on_error", "set", "map", *TABLE_PARAMETERS, *ANSWER_PARAMETERS, "delimiter")
SEPARATOR = ":"


@dataclass(frozen=True)
class IngestParameters:
    """The parameters of an ingest request; the format is None for a table.

    Args:
        media: the body's media type.
    """

    name: str
    media: str
    format_: ImportFormat | None
    map_: ColumnMap
    on_error: OnError


async def ingest(request: Request) -> Response:
    """Stores the body's traces, and answers with counts and every refused line.

    The query's ``format`` names the format (``jsonl`` by default). ``on_error`` is ``stop`` (the first invalid line
    ends the import and its batch of 2,000 lines is not stored; status 422), ``skip`` (invalid lines are skipped;
    status 200) or ``keep`` (like ``skip``, but a text with unknown markup is kept whole). For ``csv`` and ``parquet``
    the query maps columns to fields.
    """
    context: Context = request.app.state.context_for(request)
    parameters = parameters_of(request)
    is_lines = parameters.format_ is not None and parameters.media != PARQUET_TYPE
    report = ImportReport(unit=LINE if is_lines else "row")
    try:
        async with source_of(request, parameters, context.settings) as source:
            await import_source(context.database, source, on_error=parameters.on_error, report=report)
    except ClientDisconnect:
        return error_response(HttpError(400, "The client disconnected."), context.request_id)
    except TunixRtError as error:
        await suggest_names(context.database, context.grant, error)
        return partial_response(error, report, context.request_id)
    finally:
        if report.added:
            context.services.new_traces.notify()
    return json_response(report.as_json(), 422 if report.stopped else 200)


@asynccontextmanager
async def source_of(request: Request, parameters: IngestParameters, settings: Settings) -> AsyncIterator[ImportSource]:
    """Yields the body as a source of traces.

    Raises:
        BadUserInput: the body is damaged, or a mapped column is missing.
        HttpError, Unavailable: the body cannot be stored while it is read; see ``spool_body``.
    """
    body, maximum = decompress_chunks(body_of(request)), settings.trace_max_bytes
    if parameters.format_ is not None:
        keep, constants = parameters.on_error is OnError.KEEP, parameters.map_.constants
        reading = RecordOptions(parameters.format_, maximum, keep, constants)
        if parameters.media != PARQUET_TYPE:
            yield line_source(RecordStream(body, maximum * LINE_OVERHEAD), reading)
            return
        async with (
            spool_body(body, settings.data_dir, settings.upload_max_bytes) as file,
            parquet_records(file, reading) as (source, _),
        ):
            yield source
    elif parameters.name == CSV:
        yield await csv_source(table_text(body), parameters.map_, maximum)
    else:
        async with (
            spool_body(body, settings.data_dir, settings.upload_max_bytes) as file,
            parquet_source(file, parameters.map_, maximum) as (source, _),
        ):
            yield source


def parameters_of(request: Request) -> IngestParameters:
    """Returns the parameters from the query and the headers.

    Raises:
        HttpError: the body has another type or encoding.
        BadUserInput: a parameter has an invalid value.
    """
    query = request.query_params
    require_known(query, PARAMETERS, LISTED_PARAMETERS)
    media = media_type(request)
    name = query.get("format", TABLE_TYPES.get(media, "jsonl"))
    format_ = format_of(request, name)
    require_media_type(media, name)
    require_encoding(request)
    on_error = choice_of(request, "on_error", OnError.STOP)
    return IngestParameters(name, media, format_, map_of(request, name, media), on_error)


def format_of(request: Request, name: str) -> ImportFormat | None:
    """Returns the format of JSON records, None for a table; raises as ``parameters_of`` does."""
    query = request.query_params
    if name == ROWS:
        each, scores = query.getlist("each"), query.getlist("score")
        return rows_format(answer_columns(query.getlist("map"), each, scores, SEPARATOR))
    for parameter in ANSWER_PARAMETERS:
        if parameter in query:
            raise BadUserInput(f"{parameter} is for {ROWS} only.", [parameter])
    return None if name in TABLES else get_import_format(name, TABLES)


def require_media_type(media: str, name: str) -> None:
    """Checks that the body's media type is one of its format's.

    Raises:
        HttpError: it is not; the message has the accepted types.
    """
    own = {type_ for type_, table in TABLE_TYPES.items() if table == name} if name in TABLES else {*LINES, PARQUET_TYPE}
    allowed = {GZIP, *own}
    if media not in allowed:
        raise HttpError(415, f"The body must be one of {', '.join(sorted(allowed))} for the format {name}.")


def map_of(request: Request, name: str, media: str) -> ColumnMap:
    """Returns the column map; raises as ``parameters_of`` does."""
    query = request.query_params
    if name != CSV and "delimiter" in query:
        raise BadUserInput(f"delimiter is for {CSV} only.", ["delimiter"])
    if name not in TABLES:
        for parameter in (*([] if name == ROWS else ["map"]), *TABLE_PARAMETERS):
            if parameter in query:
                raise BadUserInput(f"{parameter} is for {' and '.join(TABLES)} only.", [parameter])
        return column_map((), query.getlist("set"), SEPARATOR)
    split, rest = choice_of(request, "split_steps", Split.LINES), choice_of(request, "rest", Rest.META)
    delimiter = query.get("delimiter", TAB if media == TAB_SEPARATED else COMMA)
    return column_map(query.getlist("map"), query.getlist("set"), SEPARATOR, split, rest, delimiter)
