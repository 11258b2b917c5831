"""Every error that a user can meet, as types that carry a code.

    TunixRtError
    ├── SettingsError       a setting is missing or out of range          (at start only)
    ├── SchemaOutdated      the database is not at this version's revision (at start only)
    ├── BadUserInput        a value is wrong: the path, the limit and the size are named
    │   ├── BadId           an id is malformed or of another type
    │   ├── BadCursor       a cursor is malformed or of another order
    │   └── TooCostly       a query or a mutation asks for more than one request may
    │       └── AnswerTooLarge  its answer would have more bytes than one answer may
    ├── Forbidden           nobody may have it in this way
    ├── NotFound            what was named does not exist
    ├── Conflict            it contradicts what is stored already
    ├── RequestTimeout      it took longer than a request may
    └── Unavailable         the database or another system cannot be reached now
        └── NotInstalled    it needs an optional package: the line that installs it is named

Raised where the error is known, translated once: by ``api/errors.py`` for GraphQL, by ``http`` for the
plain routes and by ``cli`` for the terminal.
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
    INTERNAL = "INTERNAL"


class TunixRtError(Exception):
    """The root: a message for people, a code for programs, and the path of the input it speaks of."""

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
    """A value is wrong in a way that the user can mend."""

    code = ErrorCode.BAD_USER_INPUT


class BadId(BadUserInput):
    """An id is malformed, or names another type than the one asked for."""

    code = ErrorCode.BAD_ID


class BadCursor(BadUserInput):
    """A cursor is malformed, or was made under another order."""

    code = ErrorCode.BAD_CURSOR


class TooCostly(BadUserInput):
    """A request asks for more than one request may."""

    code = ErrorCode.TOO_COSTLY


class AnswerTooLarge(TooCostly):
    """An answer would have more bytes than one answer may."""


class Forbidden(TunixRtError):
    """It is refused, whoever asks in this way."""

    code = ErrorCode.FORBIDDEN


class NotFound(TunixRtError):
    """The object does not exist."""

    code = ErrorCode.NOT_FOUND


class Conflict(TunixRtError):
    """It contradicts what is stored already."""

    code = ErrorCode.CONFLICT


class RequestTimeout(TunixRtError):
    """It took longer than one request may."""

    code = ErrorCode.TIMEOUT


class Unavailable(TunixRtError):
    """A system this one depends on cannot be reached now; the same request may succeed later."""

    code = ErrorCode.UNAVAILABLE


class NotInstalled(Unavailable):
    """It needs an optional package that is not there; the message has the line that installs it."""


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
    """Returns ``error`` with ``path`` put before its own path, and before that of each error in it."""
    for single in errors_of(error):
        single.path = (*path, *single.path)
    if isinstance(error, ValidationErrors):
        error.path = error.errors[0].path
    return error
