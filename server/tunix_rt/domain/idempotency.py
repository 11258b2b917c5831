"""Idempotency keys: a creating mutation that is sent again answers what it answered first."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select

from tunix_rt.db.identity import now
from tunix_rt.db.models import idempotency_keys
from tunix_rt.db.session import Session
from tunix_rt.domain.payload import sha256
from tunix_rt.domain.text import require_text
from tunix_rt.errors import Conflict, NotFound

KEY_MAX_CHARS = 255
KEPT = timedelta(days=7)
"""How long a key is remembered."""


async def earlier_result(session: Session, key: str, operation: str, request: Any) -> list[uuid.UUID] | None:
    """The ids that this request gave when it was first sent with this key; None if it is new.

    Raises:
        BadUserInput: for a key out of its limits.
        Conflict: if the key came with another request before.
    """
    require_text(key, 1, KEY_MAX_CHARS, ["idempotencyKey"])
    row = (await session.execute(select(idempotency_keys).where(idempotency_keys.c.key == key))).one_or_none()
    if row is None:
        return None
    if (row.operation, row.request_hash) != (operation, fingerprint(request)):
        raise Conflict("This idempotencyKey came with another request before.", ["idempotencyKey"])
    return [uuid.UUID(text) for text in row.result_ids]


def gone() -> NotFound:
    """The error of a request whose one object was deleted since: it cannot be answered the same again."""
    return NotFound("What this request made under its idempotencyKey was deleted since.", ["idempotencyKey"])


async def remember_result(session: Session, key: str, operation: str, request: Any, ids: Sequence[uuid.UUID]) -> None:
    """Keeps what a request gave, in the same transaction as what it made."""
    row = {
        "key": key,
        "operation": operation,
        "request_hash": fingerprint(request),
        "result_ids": [str(found) for found in ids],
        "created_at": now(),
    }
    await session.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now() - KEPT))
    await session.execute(insert(idempotency_keys), [row])


def fingerprint(request: Any) -> str:
    """The sha256 of a request's content."""
    return sha256(msgspec.json.encode(request, order="deterministic"))
