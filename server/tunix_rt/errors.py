"""All errors that a user can get, as exceptions with a code.

TunixRtError
├── SettingsError       a setting is missing or out of range          (at start only)
├── SchemaOutdated      the database is not at this version's revision (at start only)
├── BadUserInput        a value is invalid: the message has the path, the limit and the size
│   ├── BadId           an id is malformed or of another type
│   ├── BadCursor       a cursor is malformed or of another order
│   └── TooCostly       a query or a mutation exceeds the limits of one request
│       └── AnswerTooLarge  its answer would exceed the size limit
├── Unauthenticated     the request needs a valid API key
├── Forbidden           the request is not allowed
│   └── ScopeMissing    the request's API key lacks a scope
├── NotFound            the object does not exist
├── PersistedQueryNotFound  the server lacks the persisted document that a request names
├── Conflict            the request conflicts with stored data
├── RequestTimeout      the request exceeded its time limit
└── Unavailable         the database or another system cannot be reached now
    ├── NotInstalled    an optional package is missing: the message has the command that installs it
    └── ServerFailed    the server failed, or a proxy answered in its place

They are raised where the error is known, and converted once: by ``api/errors.py`` for GraphQL, by ``http`` for
the plain routes and by ``cli`` for the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar

PathPart = str | int


class ErrorCode(Enum):
    """The closed list of codes in ``extensions.code`` and ``UserError.code``."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_ID = "BAD_ID"
    BAD_CURSOR = "BAD_CURSOR"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    TOO_COSTLY = "TOO_COSTLY"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    CONFLICT = "CONFLICT"
    UNAVAILABLE = "UNAVAILABLE"
    TRAINER_FAILED = "TRAINER_FAILED"
    SCORER_FAILED = "SCORER_FAILED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    INTERNAL = "INTERNAL"


class TunixRtError(Exception):
    """The base class: a message for people, a code for programs, and the path of the input in error."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL

    def __init__(self, message: str, path: Sequence[PathPart] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)


class SettingsError(TunixRtError):
    """A setting is missing, malformed or out of its range."""

    code = ErrorCode.BAD_USER_INPUT


class SchemaOutdated(TunixRtError):
    """The database is at another revision than this version needs."""

    code = ErrorCode.UNAVAILABLE


class BadUserInput(TunixRtError):
    """A value is invalid, and the user can correct it."""

    code = ErrorCode.BAD_USER_INPUT


class BadId(BadUserInput):
    """An id is malformed, or names another type than the one asked for."""

    code = ErrorCode.BAD_ID


class BadCursor(BadUserInput):
    """A cursor is malformed, or belongs to another order."""

    code = ErrorCode.BAD_CURSOR


class TooCostly(BadUserInput):
    """A request exceeds the limits of one request."""

    code = ErrorCode.TOO_COSTLY


class AnswerTooLarge(TooCostly):
    """An answer would exceed the size limit."""


class Unauthenticated(TunixRtError):
    """The request needs a valid API key."""

    code = ErrorCode.UNAUTHENTICATED


class Forbidden(TunixRtError):
    """The request is not allowed."""

    code = ErrorCode.FORBIDDEN


class ScopeMissing(Forbidden):
    """The request's API key lacks a scope that the request needs."""


class NotFound(TunixRtError):
    """The object does not exist."""

    code = ErrorCode.NOT_FOUND


class PersistedQueryNotFound(TunixRtError):
    """The server lacks the persisted document that a request names; the message is the one that Apollo specifies."""

    code = ErrorCode.PERSISTED_QUERY_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class Conflict(TunixRtError):
    """The request conflicts with stored data."""

    code = ErrorCode.CONFLICT


class RequestTimeout(TunixRtError):
    """The request exceeded its time limit."""

    code = ErrorCode.TIMEOUT


class Unavailable(TunixRtError):
    """A system on which this one depends cannot be reached now; the same request may succeed later."""

    code = ErrorCode.UNAVAILABLE


class ServerFailed(Unavailable):
    """A server answers, but with an error that is its own or that of a proxy in front of it, and that may stay."""


class RateLimited(TunixRtError):
    """A client has sent too much in a short time.

    Args:
        retry_seconds: the time after which the request may succeed; None if it depends on other operations.
    """

    code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, retry_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class NotInstalled(Unavailable):
    """An optional package or its setting is missing; the message has what to do."""


class ScorerFailed(TunixRtError):
    """A scorer, its process or its endpoint failed."""

    code = ErrorCode.SCORER_FAILED


class ValidationErrors(BadUserInput):
    """Several errors of one input, reported together.

    Args:
        errors: at least one; the first gives this error its message and path.
    """

    def __init__(self, errors: Sequence[TunixRtError]) -> None:
        super().__init__(errors[0].message, errors[0].path)
        self.errors = tuple(errors)


def errors_of(error: TunixRtError) -> tuple[TunixRtError, ...]:
    """Returns the single errors of ``error``, or ``error`` itself if it is one."""
    return error.errors if isinstance(error, ValidationErrors) else (error,)


def within(path: Sequence[PathPart], error: TunixRtError) -> TunixRtError:
    """Returns ``error`` with ``path`` prepended to its own path, and to the path of each error in it."""
    for single in errors_of(error):
        single.path = (*path, *single.path)
    if isinstance(error, ValidationErrors):
        error.path = error.errors[0].path
    return error
