"""Errors over plain HTTP: always JSON, with the same codes and request ids as in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from tunix_rt.api.execution.encoding import dumps
from tunix_rt.errors import ErrorCode, RateLimited, ScopeMissing, TunixRtError, Unauthenticated

STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.INTERNAL: 500,
}


class HttpError(Exception):
    """An error with an HTTP status, which ends the request."""

    def __init__(
        self,
        status: int,
        message: str,
        code: ErrorCode = ErrorCode.BAD_USER_INPUT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


def json_response(value: Any, status: int = 200, media: str = "application/json", **headers: str) -> Response:
    """Returns a JSON response."""
    return Response(dumps(value), status_code=status, media_type=media, headers=headers or None)


def refusal_headers(error: BaseException | None) -> dict[str, str]:
    """Returns the headers with the permissions that a request lacks (RFC 6750, 3), or the time to wait (RFC 9110)."""
    if isinstance(error, RateLimited) and error.retry_seconds is not None:
        return {"Retry-After": str(error.retry_seconds)}
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="tunix-rt"'}
    if isinstance(error, ScopeMissing):
        return {"WWW-Authenticate": 'Bearer realm="tunix-rt", error="insufficient_scope"'}
    return {}


def error_response(error: HttpError | TunixRtError, request_id: str, media: str = "application/json") -> Response:
    """Returns the response of a request that failed as a whole, in GraphQL's shape."""
    status = error.status if isinstance(error, HttpError) else STATUS.get(error.code, 400)
    headers = error.headers if isinstance(error, HttpError) else refusal_headers(error)
    body = {"message": error.message, "extensions": {"code": error.code.value, "requestId": request_id}}
    return json_response({"errors": [body]}, status, media, **headers)
