"""Stores keys, and lists, rotates and revokes them. Keys are never deleted, so that their names stay unique."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import api_keys
from tunix_rt.db.session import Session
from tunix_rt.domain.global_ids import identity_errors
from tunix_rt.domain.keys.grant import USER
from tunix_rt.domain.keys.scopes import KeyScope, scopes_text
from tunix_rt.domain.keys.secret import NewSecret, new_secret
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import BadUserInput, Conflict, NotFound, ValidationErrors

NAME_MAX_CHARS = 120
KEYS_MAX = 10_000
"""Maximum number of keys, revoked ones included: each server keeps all of them in memory."""
USE_RECORDED = timedelta(minutes=1)
"""Minimum time between two writes of a key's last use by a server."""
RECORDED_ELSEWHERE = USE_RECORDED / 2
"""Age of a stored use from which another is stored: less than ``USE_RECORDED``, so that a server's next one is."""


@dataclass(frozen=True)
class KeyDraft:
    """A key to create."""

    name: str
    scopes: tuple[KeyScope, ...]
    expires_at: datetime | None = None

    def check(self) -> None:
        """Checks the name, the scopes and the expiry.

        Raises:
            ValidationErrors: all errors, each on its field.
        """
        errors = [*text_errors(self.name, 1, NAME_MAX_CHARS, ["name"]), *identity_errors(self.name, ["name"])]
        if self.name.startswith(USER):
            errors.append(BadUserInput(f"name must not begin with {USER}, as names of users do.", ["name"]))
        if not self.scopes:
            errors.append(BadUserInput("scopes must have at least one scope.", ["scopes"]))
        errors += expiry_errors(self.expires_at)
        if errors:
            raise ValidationErrors(errors)


def expiry_errors(expires_at: datetime | None) -> list[BadUserInput]:
    """Returns the error of an expiry that has passed; empty if there is none."""
    if expires_at is None or expires_at > now():
        return []
    return [BadUserInput(f"expiresAt must be in the future, not {expires_at:%Y-%m-%dT%H:%M:%SZ}.", ["expiresAt"])]


async def add_key(session: Session, draft: KeyDraft) -> tuple[dict[str, Any], NewSecret]:
    """Stores a key and returns its row and its secret.

    Raises:
        ValidationErrors: the draft is invalid.
        Conflict: another key has this name, or there are too many keys.
    """
    draft.check()
    if await key_count(session) >= KEYS_MAX:
        raise Conflict(f"There are {KEYS_MAX:,} keys already, revoked ones included; rotate one instead.")
    secret = new_secret()
    row = {
        "id": new_id(),
        "name": draft.name,
        "prefix": secret.prefix,
        "secret_sha256": secret.sha256,
        "scopes": scopes_text(draft.scopes),
        "created_at": now(),
        "rotated_at": None,
        "expires_at": draft.expires_at,
        "revoked_at": None,
        "last_used_at": None,
    }
    await session.execute(insert(api_keys), [row])
    return row, secret


async def key_count(session: Session) -> int:
    """Returns the number of keys, revoked ones included."""
    count: int = (await session.execute(select(func.count()).select_from(api_keys))).scalar_one()
    return count


async def all_keys(session: Session) -> Sequence[Row[Any]]:
    """Returns all keys, by name."""
    return (await session.execute(select(api_keys).order_by(api_keys.c.name))).all()


async def has_usable_key(session: Session) -> bool:
    """Returns whether there is a key that is neither revoked nor expired."""
    usable = api_keys.c.revoked_at.is_(None), or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now())
    return (await session.execute(select(api_keys.c.id).where(*usable).limit(1))).first() is not None


async def find_key(session: Session, text: str) -> uuid.UUID:
    """Returns the id of the key with a name or a prefix.

    Raises:
        UnknownName: there is none.
    """
    same = or_(api_keys.c.name == text, api_keys.c.prefix == text)
    found = (await session.execute(select(api_keys.c.id).where(same).order_by(api_keys.c.name != text))).first()
    if found is None:
        raise UnknownName("key", text, ["id"])
    key_id: uuid.UUID = found.id
    return key_id


async def revoke_key(session: Session, key_id: uuid.UUID) -> Row[Any]:
    """Revokes a key and returns its row; one that is revoked already stays as it is.

    Raises:
        NotFound: there is no such key.
    """
    changed = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=now())
    await session.execute(changed)
    return await stored_key(session, key_id)


async def rotate_key(session: Session, key_id: uuid.UUID, expires_at: datetime | None) -> tuple[Row[Any], NewSecret]:
    """Replaces the secret of a key and returns its row and the new secret; the old one is invalid at once.

    Args:
        expires_at: the new expiry; None for the same lifetime as before, counted from now.

    Raises:
        NotFound: there is no such key.
        Conflict: the key is revoked.
        ValidationErrors: the expiry has passed.
    """
    if errors := expiry_errors(expires_at):
        raise ValidationErrors(errors)
    row = await stored_key(session, key_id, lock=True)
    if row.revoked_at is not None:
        raise Conflict(f"The key {row.name} is revoked; create another one.", ["id"])
    secret, at = new_secret(), now()
    if expires_at is None and row.expires_at is not None:
        expires_at = at + (row.expires_at - (row.rotated_at or row.created_at))
    values = {
        "prefix": secret.prefix,
        "secret_sha256": secret.sha256,
        "rotated_at": at,
        "expires_at": expires_at,
    }
    await session.execute(update(api_keys).where(api_keys.c.id == key_id).values(values))
    return await stored_key(session, key_id), secret


async def stored_key(session: Session, key_id: uuid.UUID, *, lock: bool = False) -> Row[Any]:
    """Returns the row of a key.

    Args:
        lock: whether other transactions wait before they change it, until this one ends.

    Raises:
        NotFound: there is no such key.
    """
    query = select(api_keys).where(api_keys.c.id == key_id)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NotFound(f"There is no key {key_id}.", ["id"])
    return row


async def record_use(session: Session, key_id: uuid.UUID) -> None:
    """Stores the current time as a key's last use, unless another server did so in the last half minute."""
    at = now()
    stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= at - RECORDED_ELSEWHERE)
    await session.execute(update(api_keys).where(api_keys.c.id == key_id, stale).values(last_used_at=at))
