"""``POST /v1/traces``: NDJSON of any length, plain or gzip, in bounded memory, where a mutation is the wrong tool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.domain.formats import Format, format_named
from tunix_rt.domain.imports import LINE_OVERHEAD, OnError, Report, import_lines
from tunix_rt.domain.lines import decompressed, split_lines
from tunix_rt.errors import BadUserInput, TunixRtError
from tunix_rt.http.faults import STATUS, HttpFault, fault_response, json_response

MEDIA_TYPES = {
    "application/x-ndjson",
    "application/jsonl",
    "application/jsonlines",
    "application/gzip",
    "application/json",
}
ENCODINGS = {"", "identity", "gzip"}


async def ingest(request: Request) -> Response:
    """Stores the body's traces, one a line; answers with counts and every refused line.

    The query's ``format`` names the format (``jsonl`` unless given), ``on_error`` is ``stop`` (the first bad line ends
    it, its batch of 2,000 lines is not stored; status 422) or ``skip`` (bad lines are passed over; status 200).
    """
    context: Context = request.app.state.context_for(request)
    report = Report()
    format_, on_error = parameters_of(request)
    try:
        lines = split_lines(decompressed(body_of(request)), context.settings.trace_max_bytes * LINE_OVERHEAD)
        await import_lines(
            context.database,
            lines,
            format_,
            max_bytes=context.settings.trace_max_bytes,
            on_error=on_error,
            report=report,
        )
    except ClientDisconnect:
        return fault_response(HttpFault(400, "The client went away."), context.request_id)
    except TunixRtError as error:
        return partial_response(error, report, context.request_id)
    finally:
        if report.added:
            context.feed.notify()
    return json_response(report_body(report), 422 if report.stopped else 200)


def parameters_of(request: Request) -> tuple[Format, OnError]:
    """The format and what a bad line does.

    Raises:
        HttpFault: for a body of another type or encoding.
        BadUserInput: for a parameter that is not one of its values.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA_TYPES:
        raise HttpFault(415, f"The body must be one of {', '.join(sorted(MEDIA_TYPES))}.")
    if request.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
        raise HttpFault(415, "The body may be plain or gzip.")
    on_error = request.query_params.get("on_error", "stop")
    if on_error not in {choice.value for choice in OnError}:
        raise BadUserInput("on_error must be stop or skip.", ["on_error"])
    return format_named(request.query_params.get("format", "jsonl")), OnError(on_error)


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes in."""
    async for chunk in request.stream():
        yield chunk


def report_body(report: Report) -> dict[str, Any]:
    """A report as JSON."""
    return {
        "lines": report.lines,
        "added": report.added,
        "duplicates": report.duplicates,
        "rejected": report.rejected,
        "scores": report.scores,
        "stopped": report.stopped,
        "refusals": [
            {"line": found.line, "field": found.field, "code": found.code.value, "reason": found.reason}
            for found in report.refusals
        ],
    }


def partial_response(error: TunixRtError, report: Report, request_id: str) -> Response:
    """The response of an import that could not go on, with what was stored before."""
    fault = {"message": error.message, "extensions": {"code": error.code.value, "requestId": request_id}}
    return json_response({**report_body(report), "stopped": True, "errors": [fault]}, STATUS.get(error.code, 400))
