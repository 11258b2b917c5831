"""Responses to requests that match no route or whose route fails: JSON with an error code, without internals."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.api.naming import suggest_names
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.http.errors import HttpError, error_response
from tunix_rt.http.graphql.negotiation import read_range

logger = logging.getLogger(__name__)

HTML = "text/html"
CODES = {404: ErrorCode.NOT_FOUND, 403: ErrorCode.FORBIDDEN, 503: ErrorCode.UNAVAILABLE}


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Returns the response to an unknown route or method, which Starlette raises."""
    if not isinstance(error, HTTPException):
        raise error
    error = HttpError(
        error.status_code, error.detail, CODES.get(error.status_code, ErrorCode.BAD_USER_INPUT), error.headers
    )
    return error_response(error, request.state.request_id)


async def answer_error(request: Request, error: Exception) -> Response:
    """Returns the response to a ``TunixRtError`` that no route handled."""
    if not isinstance(error, (HttpError, TunixRtError)):
        raise error
    if isinstance(error, UnknownName):
        context: Context = request.app.state.context_for(request)
        await suggest_names(context.database, context.grant, error)
    return error_response(error, request.state.request_id)


async def answer_failure(request: Request, error: Exception) -> Response:
    """Returns the response to an internal error, which is logged in full; the response has its id only."""
    request_id = getattr(request.state, "request_id", "unknown")
    logger.error("request %s failed", request_id, exc_info=error)
    message = f"Internal error. The server's log has the details under request {request_id}."
    # Starlette answers these outside the guard, which adds the request id to every other response.
    headers = {"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"}
    return error_response(HttpError(500, message, ErrorCode.INTERNAL, headers), request_id)


def wants_page(request: Request) -> bool:
    """Returns whether a request is a browser's for a page: one that names HTML among what it accepts."""
    ranges = [read_range(part) for part in ",".join(request.headers.getlist("accept")).split(",")]
    return request.method in {"GET", "HEAD"} and any(found.media == HTML and found.quality > 0 for found in ranges)


def exception_handlers(unknown_page: Callable[[Request], Awaitable[Response]]) -> Mapping[Any, Any]:
    """Returns the handlers of all exceptions.

    Args:
        unknown_page: what answers a browser that opens an address which no route has.
    """

    async def answer_http_error(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 404 and wants_page(request):
            return await unknown_page(request)
        return await answer_http_exception(request, error)

    return {
        HTTPException: answer_http_error,
        HttpError: answer_error,
        TunixRtError: answer_error,
        Exception: answer_failure,
    }
