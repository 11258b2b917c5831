"""Idempotency keys: a repeated creating mutation returns the result of the first request of the same client.

Each mutation that takes a key runs in ``answer_once`` and calls ``remember_result`` in the transaction that stores the
new objects. Equal requests that arrive at the same time all return the same result: the first to commit stores it, the
others are rolled back and return that one.
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
from tunix_rt.domain.keys.acting import author
from tunix_rt.domain.keys.grant import USER
from tunix_rt.domain.text import require_text, sha256
from tunix_rt.errors import Conflict, NotFound, TunixRtError

KEY_MAX_CHARS = 255
RETENTION = timedelta(days=7)
"""The retention period of a key."""
ANYONE = "*"
"""The client of keys from before clients were stored: they belong to every client."""

Created = TypeVar("Created")


@dataclass(frozen=True)
class KeyedRequest:
    """A request to create something.

    Args:
        key: the idempotency key; None without one.
        operation: the mutation's name.
        content: the JSON values by which two requests are compared.
    """

    key: str | None
    operation: str
    content: Any


@dataclass(frozen=True)
class EarlierResult:
    """The ids of the objects that the first request with a key created."""

    ids: list[uuid.UUID]


async def answer_once(
    database: Database, request: KeyedRequest, create: Callable[[], Awaitable[Created]]
) -> Created | EarlierResult:
    """Executes a creating request unless an equal one with its key was executed before, for the same client.

    The key is looked up before ``create`` reads anything, so that the first result is returned even if the objects that
    the request refers to have changed or were deleted.

    Args:
        create: calls ``remember_result`` in the transaction that stores the new objects.

    Raises:
        BadUserInput: the key is out of its limits.
        Conflict: the key was used for a different request.
        TunixRtError: as ``create`` does.
    """
    if request.key is None:
        return await create()
    require_text(request.key, 1, KEY_MAX_CHARS, ["idempotencyKey"])
    if (earlier := await earlier_result(database, request)) is not None:
        return earlier
    try:
        return await create()
    except TunixRtError:  # an equal request may have committed first and caused this error
        if (earlier := await earlier_result(database, request)) is None:
            raise
        return earlier


async def earlier_result(database: Database, request: KeyedRequest) -> EarlierResult | None:
    """Returns the ids that the client's first request with this key created; None if the request is new.

    Raises:
        Conflict: the client used the key for a different request.
    """
    remembered = (
        idempotency_keys.c.client.in_([client_name(), ANYONE]),
        idempotency_keys.c.key == request.key,
        idempotency_keys.c.created_at >= now() - RETENTION,
    )
    async with database.read() as session:
        row = (await session.execute(select(idempotency_keys).where(*remembered))).first()
    if row is None:
        return None
    if (row.operation, row.request_hash) != (request.operation, fingerprint(request.content)):
        raise Conflict("This idempotencyKey was used for a different request.", ["idempotencyKey"])
    return EarlierResult([uuid.UUID(text) for text in row.result_ids])


async def remember_result(session: Session, request: KeyedRequest, ids: Sequence[uuid.UUID]) -> None:
    """Stores the ids that a request with a key creates, in the transaction that creates the objects.

    Key and client are the table's primary key, so the database waits for the end of any other transaction with them.

    Raises:
        Conflict: the other transaction was first.
    """
    if request.key is None:
        return
    await session.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now() - RETENTION))
    row = {
        "client": client_name(),
        "key": request.key,
        "operation": request.operation,
        "request_hash": fingerprint(request.content),
        "result_ids": [str(created) for created in ids],
        "created_at": now(),
    }
    await session.execute(insert(idempotency_keys), [row])


def client_name() -> str:
    """Returns the name of the client whose keys are used: its API key or its user; empty without either."""
    name = author()
    if name is None:
        return ""
    return name if name.startswith(USER) else f"key:{name}"


def deleted_result_error() -> NotFound:
    """Returns the error of a repeated request whose only object was deleted in the meantime."""
    return NotFound("The object that this idempotencyKey created has been deleted.", ["idempotencyKey"])


def fingerprint(content: Any) -> str:
    """Returns the SHA-256 of a request's content."""
    return sha256(msgspec.json.encode(content, order="deterministic"))
