"""Errors of the client. One tree for errors in payloads and top-level errors, by the schema's codes.

* TunixRtError
  * RequestError: the server answered with a code
    * BadInput (BAD_USER_INPUT, BAD_ID, BAD_CURSOR)
      * UnknownArgument: a method has no such argument
    * NotFound (NOT_FOUND)
    * Conflict (CONFLICT)
    * TooCostly (TOO_COSTLY)
    * RateLimited (RATE_LIMITED)
    * RequestTimeout (TIMEOUT)
    * Unavailable (UNAVAILABLE)
    * Unauthenticated (UNAUTHENTICATED)
    * Forbidden (FORBIDDEN)
    * ScorerFailed (SCORER_FAILED)
    * TrainerFailed (TRAINER_FAILED)
    * InternalError (INTERNAL)
  * ConnectionLost: there was no answer
  * JobFailed: a dataset, an export or a run did not complete
  * WaitTimeout: a job was not finished in the time that the caller gave
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

BY_HEADER = "send it as `Authorization: Bearer KEY`, or sign in with a browser"
BY_ARGUMENT = "give it as key, or set TUNIX_RT_KEY"
VARIABLE = re.compile(r"Variable '\$\w+' has invalid value(?: at [\w.\[\]]+)?: ")
"""The beginning of a message about a variable, which the operations of this package have, not its users."""


class TunixRtError(Exception):
    """The base of all errors that this package raises."""


class RequestError(TunixRtError):
    """An error that the server reported.

    Args:
        code: the schema's error code.
        path: the path of the input field, or of the selected field, in the API's spelling.
        request_id: the id of the request in the server's log.
        errors: every error of the response, as the server sent them.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        path: Sequence[str | int] = (),
        request_id: str | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.path = list(path)
        self.request_id = request_id
        self.errors = list(errors)


class BadInput(RequestError):
    """An argument is invalid; ``path`` names it."""


class UnknownArgument(BadInput, TypeError):
    """A method was called with an argument that it does not have; ``path`` names it."""


class NotFound(RequestError):
    """An object that the request names does not exist."""


class Conflict(RequestError):
    """The request contradicts what is stored, such as a name that is taken."""


class TooCostly(RequestError):
    """The request or its response exceeds a limit of the server."""


class RateLimited(RequestError):
    """There were too many requests."""


class RequestTimeout(RequestError):
    """The server gave up after its time limit."""


class Unavailable(RequestError):
    """A dependency of the server is unavailable; the request can be repeated later."""


class Unauthenticated(RequestError):
    """The request needs a key."""


class Forbidden(RequestError):
    """The key lacks a scope, or the request comes from another site."""


class ScorerFailed(RequestError):
    """A scorer, its process or its endpoint failed."""


class TrainerFailed(RequestError):
    """The trainer ended with an error."""


class InternalError(RequestError):
    """The server failed; its log has the reason under ``request_id``."""


class ConnectionLost(TunixRtError):
    """There was no answer, after the retries that are safe."""


class JobFailed(TunixRtError):
    """A job did not complete.

    Args:
        status: the job's final status: FAILED, TIMEOUT or CANCELLED.
    """

    def __init__(self, message: str, *, status: str) -> None:
        super().__init__(message)
        self.status = status


class WaitTimeout(TunixRtError):
    """A job was not finished in time; it continues."""


BY_CODE: dict[str, type[RequestError]] = {
    "BAD_USER_INPUT": BadInput,
    "BAD_ID": BadInput,
    "BAD_CURSOR": BadInput,
    "NOT_FOUND": NotFound,
    "CONFLICT": Conflict,
    "TOO_COSTLY": TooCostly,
    "RATE_LIMITED": RateLimited,
    "TIMEOUT": RequestTimeout,
    "UNAVAILABLE": Unavailable,
    "UNAUTHENTICATED": Unauthenticated,
    "FORBIDDEN": Forbidden,
    "SCORER_FAILED": ScorerFailed,
    "TRAINER_FAILED": TrainerFailed,
    "INTERNAL": InternalError,
}


def message_of(error: Mapping[str, Any]) -> str:
    """Returns the message of an error; about a value in a variable, with the path of the argument in its place."""
    message = str(error.get("message", "")).replace(BY_HEADER, BY_ARGUMENT)
    path = (error.get("extensions") or {}).get("argumentPath") or []
    found = VARIABLE.match(message) if path else None
    if found is None:
        return message
    place = "".join(f"[{part}]" if str(part).isdigit() else f".{part}" for part in path)
    return f"{place.lstrip('.')}: {message[found.end() :]}"


def request_error(errors: Sequence[Mapping[str, Any]], request_id: str | None = None) -> RequestError:
    """Returns the exception for the errors of a payload or of a response; its class follows the first error."""
    first = errors[0]
    extensions = first.get("extensions") or {}
    code = str(first.get("code") or extensions.get("code") or "INTERNAL")
    path = extensions.get("argumentPath") or first.get("path") or []
    message = "\n".join(map(message_of, errors))
    return BY_CODE.get(code, RequestError)(
        message, code=code, path=path, request_id=extensions.get("requestId") or request_id, errors=errors
    )
