"""``POST /v1/scores``: stores any number of scores of stored traces, plain or gzip, in bounded memory."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.domain.imports.importing import LINE_OVERHEAD, ImportReport, OnError
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.records import RecordStream
from tunix_rt.domain.imports.score_lines import import_scores
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


async def ingest_scores(request: Request) -> Response:
    """Stores the body's scores, and answers with counts and every refused line.

    The body is lines of JSON or an array. A score that its trace has already is not stored again. ``on_error`` is
    ``stop`` (the first invalid line ends the import and its batch of 2,000 lines is not stored; status 422), or
    ``skip``.
    """
    context: Context = request.app.state.context_for(request)
    on_error = on_error_of(request)
    report = ImportReport()
    records = RecordStream(decompress_chunks(body_of(request)), context.settings.trace_max_bytes * LINE_OVERHEAD)
    try:
        await import_scores(context.database, records, on_error=on_error, report=report)
    except ClientDisconnect:
        return error_response(HttpError(400, "The client disconnected."), context.request_id)
    except TunixRtError as error:
        return partial_response(error, report, context.request_id)
    return json_response(report.as_json(), 422 if report.stopped else 200)


def on_error_of(request: Request) -> OnError:
    """Returns the treatment of invalid lines.

    Raises:
        HttpError: the body has another type or encoding.
        BadUserInput: a parameter is unknown or has an invalid value.
    """
    require_known(request.query_params, ("on_error",))
    if media_type(request) not in {GZIP, *LINES}:
        raise HttpError(415, f"The body must be one of {', '.join(sorted({GZIP, *LINES}))}.")
    require_encoding(request)
    on_error = choice_of(request, "on_error", OnError.STOP)
    if on_error is OnError.KEEP:
        raise BadUserInput("on_error must be stop or skip for scores.", ["on_error"])
    return on_error
