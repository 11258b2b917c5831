"""Responses to requests that match no route or whose route fails: JSON with an error code, without internals."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.http.errors import HttpError, error_response

logger = logging.getLogger(__name__)

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
    return error_response(error, request.state.request_id)


async def answer_failure(request: Request, error: Exception) -> Response:
    """Returns the response to an internal error, which is logged in full; the response has its id only."""
    request_id = getattr(request.state, "request_id", "unknown")
    logger.error("request %s failed", request_id, exc_info=error)
    message = f"Internal error. The server's log has the details under request {request_id}."
    # Starlette answers these outside the guard, which adds the request id to every other response.
    headers = {"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"}
    return error_response(HttpError(500, message, ErrorCode.INTERNAL, headers), request_id)


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    HTTPException: answer_http_exception,
    HttpError: answer_error,
    TunixRtError: answer_error,
    Exception: answer_failure,
}
