"""Shared by the routes that take lines: parameters, the body, and the report of an import as a response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import Enum
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.domain.imports.importing import ImportReport
from tunix_rt.errors import BadUserInput, TunixRtError, errors_of
from tunix_rt.http.errors import STATUS, HttpError, json_response

GZIP = "application/gzip"
LINES = {"application/x-ndjson", "application/jsonl", "application/jsonlines", "application/json"}
ENCODINGS = {"", "identity", "gzip"}
Choice = TypeVar("Choice", bound=Enum)


def media_type(request: Request) -> str:
    """Returns the media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_encoding(request: Request) -> None:
    """Checks that the body is plain or gzip.

    Raises:
        HttpError: it is not.
    """
    if request.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
        raise HttpError(415, "The body must be plain or gzip.")


def choice_of(request: Request, name: str, default: Choice) -> Choice:
    """Returns the value of an enumerated parameter; raises as ``parameters_of`` does."""
    kind = type(default)
    try:
        return kind(request.query_params.get(name, default.value))
    except ValueError:
        *others, last = (choice.value for choice in kind)
        listed = f"{', '.join(others)} or {last}"
        raise BadUserInput(f"{name} must be {listed}.", [name]) from None


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """Yields the body as it arrives."""
    async for chunk in request.stream():
        yield chunk


def partial_response(error: TunixRtError, report: ImportReport, request_id: str) -> Response:
    """Returns the response of an interrupted import, with the counts of what was stored before."""
    errors = [
        {"message": single.message, "extensions": {"code": single.code.value, "requestId": request_id}}
        for single in errors_of(error)
    ]
    return json_response({**report.as_json(), "stopped": True, "errors": errors}, STATUS.get(error.code, 400))
