"""Idempotency keys: a creating mutation that is sent again answers what it answered first.

Every mutation that takes a key runs through ``answer_once``, and calls ``remember_result`` in the transaction that
stores what it creates. Equal requests that arrive at once all answer the same: the first to commit stores its result,
the others are rolled back and answer that one.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import delete, insert, select

from tunix_rt.db.identity import now
from tunix_rt.db.models import idempotency_keys
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.text import require_text, sha256
from tunix_rt.errors import Conflict, NotFound, TunixRtError

KEY_MAX_CHARS = 255
RETENTION = timedelta(days=7)
"""How long a key is remembered."""

Created = TypeVar("Created")


@dataclass(frozen=True)
class KeyedRequest:
    """A request to create something.

    Args:
        key: its idempotency key; None where none was given.
        operation: the mutation's name.
        content: what makes two requests the same, as JSON.
    """

    key: str | None
    operation: str
    content: Any


@dataclass(frozen=True)
class EarlierResult:
    """The ids that a request created when it was first sent with its key."""

    ids: list[uuid.UUID]


async def answer_once(
    database: Database, request: KeyedRequest, create: Callable[[], Awaitable[Created]]
) -> Created | EarlierResult:
    """Creates something, unless this request has created it before.

    Args:
        create: calls ``remember_result`` in the transaction that stores what it creates.

    Raises:
        BadUserInput: for a key out of its limits.
        Conflict: if the key came with another request before.
        TunixRtError: as ``create`` does.
    """
    if request.key is None:
        return await create()
    require_text(request.key, 1, KEY_MAX_CHARS, ["idempotencyKey"])
    if (earlier := await earlier_result(database, request)) is not None:
        return earlier
    try:
        return await create()
    except TunixRtError:  # an equal request may have been first, and this one failed because of it
        if (earlier := await earlier_result(database, request)) is None:
            raise
        return earlier


async def earlier_result(database: Database, request: KeyedRequest) -> EarlierResult | None:
    """Returns the ids that a request created when it was first sent with its key; None if the request is new.

    Raises:
        Conflict: if the key came with another request before.
    """
    remembered = idempotency_keys.c.key == request.key, idempotency_keys.c.created_at >= now() - RETENTION
    async with database.read() as session:
        row = (await session.execute(select(idempotency_keys).where(*remembered))).one_or_none()
    if row is None:
        return None
    if (row.operation, row.request_hash) != (request.operation, fingerprint(request.content)):
        raise Conflict("This idempotencyKey was used for a different request.", ["idempotencyKey"])
    return EarlierResult([uuid.UUID(text) for text in row.result_ids])


async def remember_result(session: Session, request: KeyedRequest, ids: Sequence[uuid.UUID]) -> None:
    """Stores what a request creates, where it has a key, in the transaction that creates it.

    The key is the table's primary key: the database makes this wait for the end of any other transaction that stores
    the same one.

    Raises:
        Conflict: that other one was first.
    """
    if request.key is None:
        return
    await session.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now() - RETENTION))
    row = {
        "key": request.key,
        "operation": request.operation,
        "request_hash": fingerprint(request.content),
        "result_ids": [str(created) for created in ids],
        "created_at": now(),
    }
    await session.execute(insert(idempotency_keys), [row])


def deleted_result_error() -> NotFound:
    """Returns the error of a request whose one object was deleted since: it cannot be answered the same again."""
    return NotFound("The object that this idempotencyKey created has been deleted.", ["idempotencyKey"])


def fingerprint(content: Any) -> str:
    """Returns the sha256 of a request's content."""
    return sha256(msgspec.json.encode(content, order="deterministic"))
