"""The interface by which commands execute GraphQL operations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, Protocol

from tunix_rt.errors import (
    BadCursor,
    BadId,
    BadUserInput,
    Conflict,
    ErrorCode,
    Forbidden,
    NotFound,
    PathPart,
    RequestTimeout,
    ScorerFailed,
    TooCostly,
    TunixRtError,
    Unauthenticated,
    Unavailable,
    ValidationErrors,
)

KINDS = (
    *(BadUserInput, BadId, BadCursor, TooCostly, Unauthenticated, Forbidden),
    *(NotFound, Conflict, RequestTimeout, Unavailable, ScorerFailed),
)
EXCEPTIONS: Mapping[str, type[TunixRtError]] = {kind.code.value: kind for kind in KINDS}
PAGE_ROWS = 500
"""The rows of one page of a list."""


class OperationClient(Protocol):
    """Executes operations.

    Attributes:
        place: the database or the server, for messages.
    """

    place: str

    async def execute(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Executes a query or a mutation and returns its data.

        Raises:
            TunixRtError: the operation has failed; several errors are raised as ``ValidationErrors``.
        """

    def subscribe(self, document: str, variables: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the data of a subscription; raises as ``execute`` does."""

    async def download(self, url: str, target: Path) -> None:
        """Writes the file of a download URL to ``target``; raises as ``execute`` does."""


def data_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the data of a response; raises its top-level errors as ``OperationClient.execute`` does."""
    if errors := answer.get("errors"):
        raise combine_errors([top_level_error(error) for error in errors])
    data: dict[str, Any] = answer["data"]
    return data


def top_level_error(error: Mapping[str, Any]) -> TunixRtError:
    """Returns the exception of a top-level error."""
    details = error.get("extensions") or {}
    return exception_of(details.get("code", ""), error["message"], details.get("argumentPath", ()))


def exception_of(code: str, message: str, path: list[PathPart] | tuple[PathPart, ...]) -> TunixRtError:
    """Returns the exception of an error's code."""
    return EXCEPTIONS.get(code, TunixRtError)(message, path)


def combine_errors(errors: list[TunixRtError]) -> TunixRtError:
    """Returns one exception for one or more errors."""
    return errors[0] if len(errors) == 1 else ValidationErrors(errors)


async def call(client: OperationClient, document: str, **variables: Any) -> Any:
    """Executes an operation with one field and returns the field's value.

    Args:
        variables: those that are None are left out.

    Raises:
        TunixRtError: as ``OperationClient.execute`` does; also for the errors of a payload.
    """
    given = {name: value for name, value in variables.items() if value is not None}
    (value,) = (await client.execute(document, given)).values()
    errors = value.get("errors") if isinstance(value, dict) else None
    if errors:
        raise combine_errors([exception_of(error["code"], error["message"], error["path"]) for error in errors])
    return value


async def call_input(client: OperationClient, document: str, values: Mapping[str, Any]) -> Any:
    """Executes a mutation with the variable ``input``, without its values that are None; see ``call``."""
    return await call(client, document, input={name: value for name, value in values.items() if value is not None})


async def fetch_rows(
    client: OperationClient, document: str, limit: int, **variables: Any
) -> tuple[list[dict[str, Any]], int]:
    """Returns the first rows of a list, and the number of all its rows.

    Args:
        document: a query for one connection, with the variables ``first`` and ``after``.

    Raises:
        TunixRtError: as ``call`` does.
    """
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = await call(client, document, first=min(limit - len(rows), PAGE_ROWS), after=after, **variables)
        rows += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if len(rows) >= limit or not page["pageInfo"]["hasNextPage"]:
            return rows, page["totalCount"]


def is_unavailable(error: TunixRtError) -> bool:
    """Returns whether the same request may succeed later."""
    return error.code in {ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT}
