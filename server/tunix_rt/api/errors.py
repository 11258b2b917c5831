"""User errors, which a mutation returns in its payload, and top-level errors with a code."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import StrawberryGraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError

from tunix_rt.api.execution.wording import FREE_FORM, as_spelled, graphql_name, with_example, without_object
from tunix_rt.errors import (
    BadUserInput,
    Conflict,
    ErrorCode,
    NotFound,
    NotInstalled,
    PathPart,
    RateLimited,
    TunixRtError,
    errors_of,
)

logger = logging.getLogger(__name__)

MESSAGE_MAX_CHARS = 500
USER_ERRORS = (BadUserInput, NotFound, Conflict, NotInstalled)


@strawberry.type(description="An error in the input that the caller can correct.")
class UserError:
    code: ErrorCode = strawberry.field(description="Kind of error.")
    message: str = strawberry.field(
        description="Description of the error, with the limit and the actual size where there is one."
    )
    path: list[str] = strawberry.field(
        description="Path of the offending value in the arguments, starting with `input`. List positions count from 0."
    )


def user_errors(error: TunixRtError, *outer: PathPart) -> list[UserError]:
    """Returns the user errors of an exception, for a payload.

    Args:
        outer: the path of the argument that has the error.
    """
    return [
        UserError(
            code=single.code,
            message=as_spelled(single.message),
            path=["input", *map(str, outer), *argument_path(single.path)],
        )
        for single in errors_of(error)
    ]


def argument_path(path: Sequence[PathPart]) -> list[str]:
    """Returns a domain path in the schema's spelling; keys that users define are left as they are."""
    spelled: list[str] = []
    for part in path:
        free = any(name in FREE_FORM for name in spelled)
        spelled.append(str(part) if free or isinstance(part, int) else "index" if part == "i" else graphql_name(part))
    return spelled


class CodedError(GraphQLError):
    """A top-level error as it is sent, on every transport."""

    def __init__(self, error: GraphQLError, request_id: str) -> None:
        super().__init__(error.message, path=error.path, original_error=error.original_error)
        self.nodes, self.source = error.nodes, error.source
        # Copied, since finding the lines in a large document again is slow.
        self.positions, self.locations = error.positions, error.locations
        self._formatted = format_error(error, request_id)

    @property
    def formatted(self) -> Any:
        return self._formatted

    @property
    def code(self) -> ErrorCode:
        """The error's code."""
        return ErrorCode(self._formatted["extensions"]["code"])


def format_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Returns a top-level error for a response: with a code and a bounded message, and without server internals."""
    cause = root_cause(error)
    if cause is None or isinstance(cause, InvalidOperationTypeError):
        code, message = ErrorCode.BAD_USER_INPUT, with_example(without_object(error.message))
    elif isinstance(cause, TunixRtError):
        code, message = cause.code, as_spelled(cause.message)
    elif isinstance(cause, RecursionError):
        code, message = ErrorCode.TOO_COSTLY, "The document is nested too deeply, by fields or fragments."
    else:
        code, message = (
            ErrorCode.INTERNAL,
            f"Internal error. The server's log has the details under request {request_id}.",
        )
        logger.error("request %s failed at %s", request_id, error.path, exc_info=cause)
    formatted: dict[str, Any] = {"message": clip_message(message)}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations[:10]]
    if error.path is not None:
        formatted["path"] = error.path
    formatted["extensions"] = {"code": code.value, "requestId": request_id}
    if isinstance(cause, TunixRtError) and cause.path:
        formatted["extensions"]["argumentPath"] = argument_path(cause.path)
    elif isinstance(cause, RateLimited) and cause.retry_seconds is not None:
        formatted["extensions"]["retryAfterSeconds"] = cause.retry_seconds
    elif cause is None and error.extensions and "argumentPath" in error.extensions:
        formatted["extensions"]["argumentPath"] = error.extensions["argumentPath"]
    return formatted


def root_cause(error: GraphQLError) -> BaseException | None:
    """Returns the exception behind a GraphQL error; None for graphql-core's errors in a document or its variables."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and not isinstance(cause, StrawberryGraphQLError):
        cause = cause.original_error
    return cause


def clip_message(message: str) -> str:
    """Returns a message cut to the length limit, since graphql-core quotes values of any length."""
    return message if len(message) <= MESSAGE_MAX_CHARS else message[: MESSAGE_MAX_CHARS - 1] + "…"
