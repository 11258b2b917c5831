"""Reading mutation inputs: GraphQL's spelling to the domain's, and errors to payloads."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from strawberry import UNSET

from tunix_rt.api.errors import USER_ERRORS, user_errors
from tunix_rt.api.execution.observing import Floor
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.errors import BadId, BadUserInput, ValidationErrors

P = ParamSpec("P")
T = TypeVar("T")

IDS_MAX = 1000


def errors_in_payload(payload: Callable[..., T]) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Makes a mutation answer what the user can mend in its payload's ``errors``.

    Args:
        payload: builds the payload from its errors alone.
    """

    def decorate(resolve: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(resolve)
        async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                answer = await resolve(*args, **kwargs)
            except USER_ERRORS as error:
                answer = payload(errors=user_errors(error))
            tell(kwargs.get("info"), answer)
            return answer

        return wrapped

    return decorate


def tell(info: Any, payload: Any) -> None:
    """Tells the schema's observer of the errors in a mutation's payload."""
    if info is not None:
        for error in payload.errors:
            info.schema.observer.record_error(error.code, Floor.PAYLOAD)


def given(value: Any, default: Any = None) -> Any:
    """An optional input, or its default where it was not given."""
    return default if value is UNSET else value


def uuids_of(ids: Sequence[str], type_name: str, name: str) -> list[uuid.UUID]:
    """Ids as UUIDs, each once, in order.

    Raises:
        BadUserInput: there are none, or more than ``IDS_MAX``.
        Errors: one for each malformed id.
    """
    if not 1 <= len(ids) <= IDS_MAX:
        raise BadUserInput(f"{name} must have 1 to {IDS_MAX} ids, it has {len(ids)}.", [name])
    return list(dict.fromkeys(all_uuids_of(ids, type_name, name)))


def all_uuids_of(ids: Sequence[str], type_name: str, name: str) -> list[uuid.UUID]:
    """Ids as UUIDs, as often as they are given.

    Raises:
        Errors: one for each malformed id.
    """
    found: list[uuid.UUID] = []
    errors: list[BadId] = []
    for position, text in enumerate(ids):
        try:
            found.append(uuid_of(text, type_name, (name, position)))
        except BadId as error:
            errors.append(error)
    if errors:
        raise ValidationErrors(errors)
    return found
