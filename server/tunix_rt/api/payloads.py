"""Payloads of mutations: user errors, and objects that are created once per idempotency key."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, TypeAlias, TypeVar

import msgspec
import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.errors import USER_ERRORS, UserError, user_errors
from tunix_rt.api.execution.observing import ErrorPlace
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import suggest_names
from tunix_rt.db.session import Session
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.idempotency import EarlierResult, KeyedRequest, answer_once, deleted_result_error, remember_result
from tunix_rt.errors import TunixRtError

P = ParamSpec("P")
T = TypeVar("T")

Rows: TypeAlias = list[dict[str, Any]]
Store: TypeAlias = Callable[[Session], Awaitable[Rows]]
"""Stores rows in a transaction, and returns them."""
Write: TypeAlias = Callable[[Store], Awaitable[Rows]]
"""Runs a ``Store`` in a transaction that also stores the request's idempotency key."""

KEY = (
    "Idempotency key of up to 255 characters. A request repeated with the same key within a week returns the first "
    "result and stores nothing. Each API key and each user has a separate set of idempotency keys."
)
UNCOMPARED = frozenset({"idempotency_key", "wait", "contamination_policy"})
"""The fields of inputs in which repeated requests may differ: they do not determine what is created."""
ERRORS = "Errors in the input that the caller can correct; empty on success."


@strawberry.type
class DeletedPayload:
    """The fields of the payloads of mutations that delete one object."""

    deleted_uuid: uuid.UUID | None = strawberry.field(
        default=None, description="UUID of the deleted object; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


def errors_in_payload(payload: Callable[..., T]) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Decorates a mutation so that user errors are returned in its payload's ``errors``.

    Args:
        payload: builds the payload from its errors alone.
    """

    def decorate(resolve: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(resolve)
        async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                with recording(kwargs.get("info")):
                    answer = await resolve(*args, **kwargs)
            except USER_ERRORS as error:
                await suggest(kwargs.get("info"), error)
                answer = payload(errors=user_errors(error))
            report_errors(kwargs.get("info"), answer)
            return answer

        return wrapped

    return decorate


def recording(info: Any) -> AbstractContextManager[None]:
    """Returns the context in which a mutation is recorded in the audit log."""
    return nullcontext() if info is None else info.context.recording(info.field_name)


async def suggest(info: Any, error: TunixRtError) -> None:
    """Adds similar names to an error about an unknown name."""
    if info is not None:
        await suggest_names(info.context.database, info.context.grant, error)


def report_errors(info: Any, payload: Any) -> None:
    """Reports the errors in a mutation's payload to the schema's observer."""
    if info is not None:
        for error in payload.errors:
            info.schema.observer.record_error(error.code, ErrorPlace.PAYLOAD)


def keyed_request(operation: str, input: Any) -> KeyedRequest:
    """Returns a creating request, which is compared by its input as it was given.

    No database is read for that, so that a repeated request can be recognised after an object to which it refers was
    deleted.
    """
    content = msgspec.to_builtins(input, enc_hook=lambda _: None)  # called for UNSET: not given is the same as null
    compared = {name: value for name, value in content.items() if name not in UNCOMPARED}
    return KeyedRequest(given_or_none(input.idempotency_key), operation, compared)


async def create_once(
    context: Context,
    listing: Listing,
    names: frozenset[str],
    request: KeyedRequest,
    create: Callable[[Write], Awaitable[Rows]],
) -> list[Any]:
    """Returns the objects that a request creates, or created when it was first sent with its idempotency key.

    Objects deleted since then are missing; ``only`` and ``require_all`` raise an error in that case.

    Args:
        names: the selected fields of the objects.
        create: creates the rows, and stores them with the ``Write`` passed to it.

    Raises:
        TunixRtError: as ``answer_once`` does.
    """

    async def write(store: Store) -> Rows:
        async with context.database.write() as session:
            rows = await store(session)
            note_objects(listing.name, [row["id"] for row in rows])
            await remember_result(session, request, [row["id"] for row in rows])
        return rows

    found = await answer_once(context.database, request, lambda: create(write))
    if not isinstance(found, EarlierResult):
        return listing.shape.stored_objects(found, names)
    known = await objects_by_id(listing, context, found.ids, names)
    return [known[value] for value in found.ids if value in known]


def require_all(created: list[T], number: int) -> list[T]:
    """Returns the created objects.

    Raises:
        NotFound: some of the objects that the request created were deleted.
    """
    if len(created) < number:
        raise deleted_result_error()
    return created


def only(created: list[T]) -> T:
    """Returns the single created object; raises as ``require_all`` does."""
    return require_all(created, 1)[0]
